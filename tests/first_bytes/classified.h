// The kernel's classification of a payload, in user space: the same code over the same bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "classify/first_payload.h"

namespace vedette::tests {

// enum vdt_payload_class. The rest of the window holds what another payload left, as in the kernel.
inline std::uint32_t classified(std::span<const std::uint8_t> payload) {
  vdt_window window;
  std::ranges::fill(window.bytes, std::uint8_t{0xee});
  window.size = static_cast<std::uint32_t>(std::min<std::size_t>(payload.size(), VDT_WINDOW_BYTES));
  std::ranges::copy(payload.first(window.size), window.bytes);
  return vdt_classify_payload(&window);
}

}  // namespace vedette::tests
