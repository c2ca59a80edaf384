// The engine that is asked for, where this build has it.
#pragma once

#include <memory>

#include "store/store.h"

namespace vedette {

// Opens the store in its folder, which is made where it isn't there. Failed where this build has no such
// engine, or its library can't be loaded. A folder that can't be written is no failure of the embedded one,
// nor a server that is away of the other: the store says so and goes on trying. The threads that it starts
// give up their privileges first.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(StoreOptions options);

}  // namespace vedette
