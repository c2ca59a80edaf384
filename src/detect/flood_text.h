// What a flood's finding says in its `why`.
#pragma once

#include <string>

#include "detect/flood_load.h"

namespace vedette {

// `detail` may be null.
[[nodiscard]] std::string flood_text(const FloodKind& kind, const Finding& finding, const FloodLoad& load,
                                     const FloodDetail* detail);

}  // namespace vedette
