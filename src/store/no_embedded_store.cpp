// For builds without DuckDB.
#include "store/embedded_store.h"

namespace vedette {

Result<std::unique_ptr<Store>> open_embedded_store(StoreOptions) {
  return failed("store", "this build has no engine of its own",
                "build with DuckDB, see docs/decisions/store.md, or name a ClickHouse server: --store URL");
}

Result<std::string> parquet_file(const StoreOptions&, const QueryAnswer&) {
  return failed("store", "this build can't write Parquet", "build with DuckDB: see docs/decisions/store.md");
}

}  // namespace vedette
