// Where a ClickHouse server is, as the user says it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace vedette {

// Where a server is, and as whom it is asked.
struct ClickhouseAddress {
  std::string url;  // "http://db1:8123", without a path
  std::string user, password;
  std::string database;  // an identifier: letters, digits, "_"

  // As it may be shown: "http://db1:8123/vedette".
  [[nodiscard]] std::string shown() const { return url + "/" + database; }
};

// Of "http://[USER@]HOST[:PORT][/DATABASE]": the port is 8123 (https: 8443), the database "vedette" where
// they aren't given. Unusable where it is no such URL.
[[nodiscard]] Result<ClickhouseAddress> parse_clickhouse_url(std::string_view text);

}  // namespace vedette
