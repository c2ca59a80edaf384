// Any bytes as a direction's first payload, classified as the kernel does: there must be such a class, and
// what an earlier payload left in the window must not matter.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "classify/first_payload.h"

namespace {

std::uint32_t classified(const std::uint8_t* data, std::size_t size, std::uint8_t left) {
  vdt_window window;
  std::fill(std::begin(window.bytes), std::end(window.bytes), left);
  window.size = static_cast<std::uint32_t>(std::min<std::size_t>(size, VDT_WINDOW_BYTES));
  std::copy_n(data, window.size, window.bytes);
  return vdt_classify_payload(&window);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::uint32_t found = classified(data, size, 0);
  if (found >= VDT_PAYLOAD_CLASS_COUNT) std::abort();
  for (const int left : {0x00, 0x2b, 0x2d, 0xff})
    if (classified(data, size, static_cast<std::uint8_t>(left)) != found) std::abort();
  return 0;
}
