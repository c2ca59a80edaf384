// Which Vedette this is.
#pragma once

#include <string_view>

namespace vedette {

inline constexpr std::string_view kVersion = VEDETTE_VERSION;

}  // namespace vedette
