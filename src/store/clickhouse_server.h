// One ClickHouse server, asked over its HTTP interface.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fetch/http_client.h"

namespace vedette {

// "18.16.1": what differs between releases is chosen by it.
struct ClickhouseVersion {
  unsigned major = 0, minor = 0;

  [[nodiscard]] bool since(unsigned least_major, unsigned least_minor) const {
    return major != least_major ? major > least_major : minor >= least_minor;
  }
};

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

// One thread at a time; cancel() from any.
class ClickhouseServer {
 public:
  // Asks nothing yet. Failed where libcurl isn't there.
  [[nodiscard]] static Result<std::unique_ptr<ClickhouseServer>> open(ClickhouseAddress address);

  [[nodiscard]] const ClickhouseAddress& address() const { return address_; }

  // What a statement gives, in the format that it names (RowBinary, TabSeparated). Failed with the server's
  // own words where it answers with an error. `settings`: further ones, as "&name=value".
  [[nodiscard]] Result<std::string> ask(const std::string& statement, const std::string& settings = {});
  // The same, of one number.
  [[nodiscard]] Result<std::uint64_t> number(const std::string& statement);
  // Sends rows once: where it fails, whether they are stored isn't known. `query_id`: the server takes no
  // other one of that name at the same time.
  [[nodiscard]] Result<void> insert(const std::string& statement, const std::string& rows,
                                    const std::string& query_id);
  // Asked of the server once, then remembered.
  [[nodiscard]] Result<ClickhouseVersion> version();

  void cancel() { client_->cancel(); }

 private:
  ClickhouseServer(ClickhouseAddress address, std::unique_ptr<HttpClient> client);
  [[nodiscard]] Result<std::string> send(HttpRequest request);

  ClickhouseAddress address_;
  std::unique_ptr<HttpClient> client_;
  ClickhouseVersion version_;  // 0.0: not asked yet
};

// A text as a literal of ClickHouse's: 'it\x27s'.
[[nodiscard]] std::string clickhouse_text(std::string_view text);

}  // namespace vedette
