// Sends blocks out of the spool, each so that it counts once, whatever happens on the way: the server, this
// process or what is between them may end at any moment (docs/decisions/cluster_store.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/clickhouse_layout.h"
#include "store/spool.h"

namespace vedette {

// Which server is asked, with its tables.
struct ClickhousePlace {
  ClickhouseAddress address;
  ClickhouseLayout layout;
};

// One thread; place() and cancel() from any.
class ClickhouseSender {
 public:
  // Of options.servers, which are right. Failed where libcurl isn't there.
  [[nodiscard]] static Result<std::unique_ptr<ClickhouseSender>> open(const StoreOptions& options,
                                                                      Spool& spool);

  // A server that has its tables: the last one, else the next that answers.
  [[nodiscard]] Result<void> find_server();
  // Sends the spool's oldest block, by find_server()'s server. The next find_server() tries another one
  // where it fails.
  struct Sent {
    SpooledBlock block;           // as it is called now
    Nanoseconds first{}, last{};  // of the rows' times
    bool damaged = false;         // it couldn't be read, and is set aside
  };
  [[nodiscard]] Result<Sent> send(const Spool::Front& front);

  // Nothing until a server has answered.
  [[nodiscard]] std::optional<ClickhousePlace> place() const;
  void cancel();

 private:
  ClickhouseSender(StoreOptions options, Spool& spool) : options_(std::move(options)), spool_(spool) {}

  [[nodiscard]] Result<Sent> send_to(ClickhouseServer& server, const Spool::Front& front);
  // Whether the block is there, whole, and counts.
  [[nodiscard]] Result<bool> is_there(ClickhouseServer& server, const SpooledBlock& block,
                                      const SpooledRows& rows);
  void set_place(std::optional<ClickhousePlace> place);

  const StoreOptions options_;
  Spool& spool_;
  std::vector<std::unique_ptr<ClickhouseServer>> servers_;
  std::size_t active_ = 0;
  bool ready_ = false;  // the active one's tables are there
  mutable std::mutex mutex_;
  std::optional<ClickhousePlace> place_;
};

// That rows of this block no longer count; said again, it is no different.
[[nodiscard]] Result<void> abandon_block(ClickhouseServer& server, const ClickhouseLayout& layout,
                                         std::uint64_t block, std::uint64_t stream);

}  // namespace vedette
