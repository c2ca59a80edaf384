#include "store/open_store.h"

#include "store/clickhouse_store.h"
#include "store/embedded_store.h"

namespace vedette {

Result<std::unique_ptr<Store>> open_store(StoreOptions options) {
  if (options.servers.empty()) return open_embedded_store(std::move(options));
  auto store = ClickhouseStore::open(std::move(options));
  if (!store) return std::unexpected(store.error());
  return std::unique_ptr<Store>(std::move(*store));
}

}  // namespace vedette
