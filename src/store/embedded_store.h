// What a build with DuckDB has, and one without it says that it hasn't.
#pragma once

#include <memory>
#include <string>

#include "store/store.h"

namespace vedette {

// As open_store(), of the embedded engine.
[[nodiscard]] Result<std::unique_ptr<Store>> open_embedded_store(StoreOptions options);

// An answer as a Parquet file's bytes, made beside any store by DuckDB alone; `options`: its library, its
// memory and a folder that may be written.
[[nodiscard]] Result<std::string> parquet_file(const StoreOptions& options, const QueryAnswer& answer);

}  // namespace vedette
