#include "geo/geo_database.h"

#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

namespace vedette {

namespace {

// GeoLite2 nests the country, IPinfo's databases hold its code in the record itself.
constexpr const char* kCountry[] = {"country", "iso_code", nullptr};
constexpr const char* kRegisteredCountry[] = {"registered_country", "iso_code", nullptr};
constexpr const char* kFlatCountry[] = {"country_code", nullptr};
constexpr const char* kAsn[] = {"autonomous_system_number", nullptr};
constexpr const char* kAsName[] = {"autonomous_system_organization", nullptr};

std::string_view text_at(MMDB_entry_s& entry, const char* const* path) {
  MMDB_entry_data_s data;
  if (MMDB_aget_value(&entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
      data.type != MMDB_DATA_TYPE_UTF8_STRING)
    return {};
  return {data.utf8_string, data.data_size};
}

std::uint32_t number_at(MMDB_entry_s& entry, const char* const* path) {
  MMDB_entry_data_s data;
  if (MMDB_aget_value(&entry, &data, path) != MMDB_SUCCESS || !data.has_data) return 0;
  if (data.type == MMDB_DATA_TYPE_UINT32) return data.uint32;
  return data.type == MMDB_DATA_TYPE_UINT16 ? data.uint16 : 0;
}

}  // namespace

class GeoDatabases::Database {
 public:
  explicit Database(MMDB_s database) : database_(database) {}
  ~Database() { MMDB_close(&database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void add_to(GeoPlace& place, const sockaddr& address) const {
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&database_, &address, &error);
    if (error != MMDB_SUCCESS || !found.found_entry) return;
    add_entry(place, found.entry);
  }

  // Appends the networks whose entries are wanted. False where the database is damaged.
  bool add_networks(const std::function<bool(const GeoPlace&)>& wanted, std::vector<Prefix>& found) const {
    Walk walk{.wanted = wanted, .known = {}, .found = found};
    const bool six = database_.metadata.ip_version == 6;
    // IPv4 is a part of IPv6's tree; other places there lead to the same part again (6to4, mapped addresses).
    if (six && database_.ipv4_start_node.netmask == 96 &&
        database_.ipv4_start_node.node_value < database_.metadata.node_count)
      step(walk, database_.ipv4_start_node.node_value, Prefix{.address = {}, .ip_version = 4, .length = 0});
    walk.ipv4 = six ? database_.ipv4_start_node.node_value : database_.metadata.node_count;
    step(walk, 0, Prefix{.address = {}, .ip_version = static_cast<std::uint8_t>(six ? 6 : 4), .length = 0});
    return !walk.damaged;
  }

 private:
  struct Walk {
    const std::function<bool(const GeoPlace&)>& wanted;
    std::map<std::uint32_t, bool> known;  // by an entry's offset: many networks share one
    std::vector<Prefix>& found;
    std::uint64_t ipv4 = UINT64_MAX;  // a node that is passed over
    bool damaged = false;
  };

  static void add_entry(GeoPlace& place, MMDB_entry_s& entry) {
    for (const char* const* path : {kCountry, kFlatCountry, kRegisteredCountry})
      if (place.country.empty()) place.country = text_at(entry, path);
    if (place.asn != 0) return;
    place.asn = number_at(entry, kAsn);
    place.as_name = text_at(entry, kAsName);
  }

  static bool is_wanted(Walk& walk, MMDB_entry_s entry) {
    const auto [known, is_new] = walk.known.try_emplace(entry.offset, false);
    if (!is_new) return known->second;
    GeoPlace place;
    add_entry(place, entry);
    return known->second = walk.wanted(place);
  }

  // Whether all of the node's network is wanted; it stands in walk.found then, else what of it is.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as an address has bits
  bool step(Walk& walk, std::uint64_t node, const Prefix& network) const {
    MMDB_search_node_s both;
    if (network.length == Prefix::longest(network.ip_version) ||
        MMDB_read_node(&database_, static_cast<std::uint32_t>(node), &both) != MMDB_SUCCESS) {
      walk.damaged = true;
      return false;
    }
    const std::size_t before = walk.found.size();
    bool whole = true;
    for (const bool right : {false, true}) {
      Prefix half = network;
      half.length++;
      if (right)
        half.address.bytes[network.length / 8] |= static_cast<std::uint8_t>(0x80U >> (network.length % 8));
      const std::uint8_t type = right ? both.right_record_type : both.left_record_type;
      const std::uint64_t record = right ? both.right_record : both.left_record;
      bool wanted = false;
      if (type == MMDB_RECORD_TYPE_SEARCH_NODE && record != walk.ipv4) wanted = step(walk, record, half);
      if (type == MMDB_RECORD_TYPE_DATA) {
        wanted = is_wanted(walk, right ? both.right_record_entry : both.left_record_entry);
        if (wanted) walk.found.push_back(half);
      }
      walk.damaged |= type == MMDB_RECORD_TYPE_INVALID;
      whole = whole && wanted;
    }
    if (!whole) return false;
    walk.found.resize(before);
    walk.found.push_back(network);
    return true;
  }

  MMDB_s database_;
};

GeoDatabases::GeoDatabases() = default;
GeoDatabases::~GeoDatabases() = default;
GeoDatabases::GeoDatabases(GeoDatabases&&) noexcept = default;
GeoDatabases& GeoDatabases::operator=(GeoDatabases&&) noexcept = default;

Result<void> GeoDatabases::open(const std::string& path) {
  MMDB_s database;
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database);
  if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR)
    return unusable(path, std::string("can't be read: ") + std::strerror(errno));
  if (status != MMDB_SUCCESS)
    return unusable(path, std::string("is no MaxMind database: ") + MMDB_strerror(status));
  databases_.push_back(std::make_unique<Database>(database));
  return {};
}

GeoPlace GeoDatabases::find(const vdt_address& address, std::uint8_t ip_version) const {
  GeoPlace place;
  sockaddr_storage storage{};
  if (ip_version == 4) {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(storage);
    ipv4.sin_family = AF_INET;
    std::memcpy(&ipv4.sin_addr, address.bytes, sizeof ipv4.sin_addr);
  } else {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(storage);
    ipv6.sin6_family = AF_INET6;
    std::memcpy(&ipv6.sin6_addr, address.bytes, sizeof ipv6.sin6_addr);
  }
  for (const auto& database : databases_) database->add_to(place, reinterpret_cast<const sockaddr&>(storage));
  return place;
}

Result<std::vector<Prefix>> GeoDatabases::networks(const std::function<bool(const GeoPlace&)>& tells,
                                                   const std::function<bool(const GeoPlace&)>& wanted,
                                                   std::string_view what) const {
  for (const auto& database : databases_) {
    bool told = false;
    std::vector<Prefix> found;
    const auto look = [&](const GeoPlace& place) {
      told = told || tells(place);
      return wanted(place);
    };
    if (!database->add_networks(look, found)) return failed("database of places", "is damaged");
    if (told) return found;
  }
  return failed("databases of places", std::string("none tells ") + std::string(what),
                "vedetted --geoip FILE.mmdb");
}

Result<std::vector<Prefix>> GeoDatabases::networks_of(std::span<const std::string> countries) const {
  return networks(
      [](const GeoPlace& place) { return !place.country.empty(); },
      [&](const GeoPlace& place) { return std::ranges::find(countries, place.country) != countries.end(); },
      "countries");
}

Result<std::vector<Prefix>> GeoDatabases::networks_of(std::span<const std::uint32_t> systems) const {
  return networks(
      [](const GeoPlace& place) { return place.asn != 0; },
      [&](const GeoPlace& place) { return std::ranges::find(systems, place.asn) != systems.end(); },
      "autonomous systems");
}

}  // namespace vedette
