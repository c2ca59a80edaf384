#include "geo/geo_database.h"

#include <maxminddb.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

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
    for (const char* const* path : {kCountry, kFlatCountry, kRegisteredCountry})
      if (place.country.empty()) place.country = text_at(found.entry, path);
    if (place.asn != 0) return;
    place.asn = number_at(found.entry, kAsn);
    place.as_name = text_at(found.entry, kAsName);
  }

 private:
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

}  // namespace vedette
