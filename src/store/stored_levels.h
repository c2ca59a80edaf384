// What the embedded engine's files take up, by level.
#pragma once

#include <vector>

#include "store/day_file.h"
#include "store/store.h"

namespace vedette {

// Of files that are there; those without a byte are not. The levels in their order.
[[nodiscard]] std::vector<StoredTable> stored_levels(const std::vector<SizedFile>& files,
                                                     const StoreOptions& options);

}  // namespace vedette
