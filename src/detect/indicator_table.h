// What feeds say is hostile: addresses, networks, domains and fingerprints, each with the feed that says so.
// Filled by whoever reads feeds, asked by detect/feed_hits.h; knows no format of any feed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/prefix.h"

namespace vedette {

struct IndicatorHit {
  std::string_view feed;  // its name; valid as long as the table
  std::string indicator;  // as the feed has it: "198.51.100.0/24", "evil.example"
};

// Filled by one thread; once it is, asked by any number of them.
class IndicatorTable {
 public:
  // A number to add indicators by.
  [[nodiscard]] std::uint32_t add_feed(std::string name);

  // What several feeds say, the first said.
  void add(const Prefix& prefix, std::uint32_t feed);
  // With all domains below it. In any case; a dot at its end is ignored.
  void add_domain(std::string_view domain, std::uint32_t feed);
  // JA3, JA3S, JA4, HASSH, or a certificate's SHA-1 or SHA-256, in any case.
  void add_fingerprint(std::string_view fingerprint, std::uint32_t feed);

  // Of the narrowest network that holds the address.
  [[nodiscard]] std::optional<IndicatorHit> find(const vdt_address& address, std::uint8_t ip_version) const;
  // Of the domain itself, or of the nearest one that it lies below.
  [[nodiscard]] std::optional<IndicatorHit> find_domain(std::string_view domain) const;
  [[nodiscard]] std::optional<IndicatorHit> find_fingerprint(std::string_view fingerprint) const;

  [[nodiscard]] std::size_t size() const;

 private:
  struct AddressHash {
    std::size_t operator()(const vdt_address& address) const;
  };
  struct SameAddress {
    bool operator()(const vdt_address& one, const vdt_address& other) const;
  };
  using Networks = std::unordered_map<vdt_address, std::uint32_t, AddressHash, SameAddress>;  // of one length
  using Names = std::unordered_map<std::string, std::uint32_t>;  // in small letters

  std::vector<std::string> feeds_;
  std::map<std::uint8_t, Networks, std::greater<>> ipv4_, ipv6_;  // by length, the longest first
  Names domains_, fingerprints_;
};

}  // namespace vedette
