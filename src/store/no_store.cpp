// For builds without DuckDB.
#include "store/open_store.h"

namespace vedette {

Result<std::unique_ptr<Store>> open_store(StoreOptions) {
  return failed("store", "this build has none", "build with DuckDB: see docs/decisions/store.md");
}

}  // namespace vedette
