// What a feed says: networks to block, and names and fingerprints for detectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/prefix.h"

namespace vedette {

struct FedNetwork {
  Prefix prefix;
  std::uint64_t until_s = 0;  // since the epoch; 0: the feed says no end
  std::string note;           // why, as far as the feed says
};

struct FedIndicator {
  std::string value;  // lower case
  std::string note;
};

struct BadLine {
  std::size_t line = 0;  // from 1; in JSON documents the element's number
  std::string what;
};

struct FeedContent {
  std::vector<FedNetwork> networks;
  std::vector<FedIndicator> domains;
  std::vector<FedIndicator> url_hosts;  // addresses and domains of URLs, which are their notes
  std::vector<FedIndicator> ja3;
  std::vector<FedIndicator> ja4;
  std::size_t bad = 0;
  std::vector<BadLine> bad_lines;  // the first kBadLinesTold of them

  [[nodiscard]] std::size_t size() const {
    return networks.size() + domains.size() + url_hosts.size() + ja3.size() + ja4.size();
  }
};

inline constexpr std::size_t kBadLinesTold = 10;
// So many a feed may have: four times what is asked of all together, so that memory is bounded.
inline constexpr std::size_t kMostIndicators = 4'000'000;

}  // namespace vedette
