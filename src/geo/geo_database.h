// Where addresses are: country and autonomous system, out of databases of the user's in MaxMind's format
// (MaxMind DB 2.0), such as GeoLite2-Country and GeoLite2-ASN, DB-IP's and IPinfo's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/flow_key.h"
#include "base/error.h"
#include "base/prefix.h"

namespace vedette {

// What databases say of an address; texts are valid as long as the databases.
struct GeoPlace {
  std::string_view country;  // ISO 3166-1 alpha-2; empty where unknown
  std::uint32_t asn = 0;     // autonomous system's number; 0 = unknown
  std::string_view as_name;  // its organisation; empty where unknown
};

// Any number of databases, each for what it knows. Immutable once they are opened; then any number of
// threads.
class GeoDatabases {
 public:
  GeoDatabases();
  ~GeoDatabases();
  GeoDatabases(GeoDatabases&&) noexcept;
  GeoDatabases& operator=(GeoDatabases&&) noexcept;

  // Adds a file, which stays mapped. Fails (unusable) where it is no such database.
  [[nodiscard]] Result<void> open(const std::string& path);

  [[nodiscard]] bool empty() const { return databases_.empty(); }

  // Networks that the first database which tells countries puts into one of these, in the order of Prefix,
  // none of which holds another; those that lie side by side are one. Failed where none tells countries, or
  // that one is damaged.
  [[nodiscard]] Result<std::vector<Prefix>> networks_of(std::span<const std::string> countries) const;
  // The same of autonomous systems.
  [[nodiscard]] Result<std::vector<Prefix>> networks_of(std::span<const std::uint32_t> systems) const;

  // `ip_version` 4 or 6. Where two databases differ, the one that was opened first is right.
  [[nodiscard]] GeoPlace find(const vdt_address& address, std::uint8_t ip_version) const;

 private:
  class Database;
  // Of the first database for which `tells` holds, networks for which `wanted` does.
  [[nodiscard]] Result<std::vector<Prefix>> networks(const std::function<bool(const GeoPlace&)>& tells,
                                                     const std::function<bool(const GeoPlace&)>& wanted,
                                                     std::string_view what) const;
  std::vector<std::unique_ptr<Database>> databases_;
};

}  // namespace vedette
