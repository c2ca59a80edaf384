// What feeds say is hostile: addresses, networks, domains, hosts of URLs and fingerprints, each with the feed
// that says so. Filled by whoever reads feeds, asked by detect/feed_hits.h; knows no format of any feed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/prefix.h"
#include "detect/name_index.h"
#include "detect/network_index.h"

namespace vedette {

struct IndicatorHit {
  std::string_view feed;  // its name; valid as long as the table
  std::string indicator;  // as the feed has it: "198.51.100.0/24", "evil.example"
  bool of_url = false;    // the feed has a URL of this host, which may be an honest one too
};

// Filled by one thread, then sorted; from then on asked by any number of them.
class IndicatorTable {
 public:
  // A number to add indicators by, up to 65,536.
  [[nodiscard]] std::uint16_t add_feed(std::string name);

  // What several feeds say, the first said.
  void add(const Prefix& prefix, std::uint16_t feed) { networks_.add(prefix, feed); }
  // With all domains below it. In any case; a dot at its end is ignored.
  void add_domain(std::string_view domain, std::uint16_t feed);
  // The host of a URL: an address, or a domain, which stands for itself alone.
  void add_url_host(std::string_view host, std::uint16_t feed);
  // JA3, JA3S, JA4, HASSH, or a certificate's SHA-1 or SHA-256, in any case.
  void add_fingerprint(std::string_view fingerprint, std::uint16_t feed);
  // Once all are added, before the first question.
  void sort();

  // Of the narrowest network that holds the address.
  [[nodiscard]] std::optional<IndicatorHit> find(const vdt_address& address, std::uint8_t ip_version) const;
  // Of the domain itself, or of the nearest one that it lies below.
  [[nodiscard]] std::optional<IndicatorHit> find_domain(std::string_view domain) const;
  [[nodiscard]] std::optional<IndicatorHit> find_fingerprint(std::string_view fingerprint) const;

  [[nodiscard]] std::size_t size() const;

 private:
  [[nodiscard]] IndicatorHit hit(const NameIndex::Found& found, bool of_url) const {
    return {feeds_[found.owner], std::string(found.name), of_url};
  }

  std::vector<std::string> feeds_;
  NetworkIndex networks_, url_addresses_;
  NameIndex domains_, url_hosts_, fingerprints_;  // in small letters
};

}  // namespace vedette
