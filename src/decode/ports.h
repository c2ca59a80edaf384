// Ports as a hint, where bytes alone are ambiguous.
#pragma once

#include <algorithm>
#include <cstdint>

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] inline bool uses_port(const Heads& heads, std::uint16_t port) {
  return std::ranges::find(heads.ports, port) != heads.ports.end();
}

}  // namespace vedette
