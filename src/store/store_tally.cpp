#include "store/store_tally.h"

#include <system_error>

namespace vedette {

void StoreTally::wrote() {
  last_write_ = Nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

void StoreTally::set_tables(std::vector<StoredTable> tables) {
  const std::lock_guard lock(mutex_);
  tables_ = std::move(tables);
}

void StoreTally::look_at_disk(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::space_info room = std::filesystem::space(folder, error);
  const std::lock_guard lock(mutex_);
  disk_.reset();
  if (!error) disk_ = DiskRoom{.free_bytes = room.available, .bytes = room.capacity};
}

void StoreTally::tell(StoreStatus& status) const {
  if (const std::int64_t at = last_write_; at != 0) status.last_write = Nanoseconds(at);
  status.failed_writes = failed_writes_;
  const std::lock_guard lock(mutex_);
  status.queries = queries_;
  status.tables = tables_;
  status.disk = disk_;
}

}  // namespace vedette
