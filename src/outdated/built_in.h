// data/outdated.yaml as it was when this was built.
#pragma once

#include <string_view>

namespace vedette {

[[nodiscard]] std::string_view built_in_outdated_rules();

}  // namespace vedette
