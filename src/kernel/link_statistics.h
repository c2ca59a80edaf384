// What an interface itself says that it received and lost (rtnetlink(7), RTM_GETSTATS).
#pragma once

#include <cstdint>

#include "base/error.h"

namespace vedette {

// Packets that came to an interface and did not get to the stack, since it was made.
struct ReceiveLosses {
  std::uint64_t missed = 0;   // no buffer was free
  std::uint64_t errors = 0;   // broken: checksum of the frame, length, alignment
  std::uint64_t dropped = 0;  // by the driver, or by the stack at the interface's door; see rx_dropped in
                              // the kernel's Documentation/networking/statistics.rst
};

// Of an interface in the calling thread's network namespace.
[[nodiscard]] Result<ReceiveLosses> receive_losses(int ifindex);

}  // namespace vedette
