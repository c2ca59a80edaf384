// This machine's name, as gethostname(2) has it.
#pragma once

#include <string>

namespace vedette {

// Empty where it has none.
[[nodiscard]] std::string host_name();

}  // namespace vedette
