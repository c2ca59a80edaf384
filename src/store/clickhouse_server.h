// One ClickHouse server, asked over its HTTP interface.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fetch/http_client.h"
#include "store/clickhouse_address.h"

namespace vedette {

// "18.16.1": what differs between releases is chosen by it.
struct ClickhouseVersion {
  unsigned major = 0, minor = 0;

  [[nodiscard]] bool since(unsigned least_major, unsigned least_minor) const {
    return major != least_major ? major > least_major : minor >= least_minor;
  }
};

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
