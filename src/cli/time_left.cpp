#include "cli/time_left.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "base/human_text.h"
#include "base/units.h"

namespace vedette {

std::string time_left(std::string_view expires_ns) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const Nanoseconds expires(std::strtoll(std::string(expires_ns).c_str(), nullptr, 10));
  return duration_text(std::chrono::ceil<std::chrono::seconds>(std::max(expires - now, Nanoseconds(0))));
}

}  // namespace vedette
