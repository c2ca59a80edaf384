// What the daemon keeps of root once it is up: the capabilities that maps, programs and interfaces need.
// Linux keeps them by thread, so each thread gives up its own.
#pragma once

#include "base/error.h"

namespace vedette {

// Of the calling thread, and of those and the programs that it starts from then on: keeps CAP_BPF,
// CAP_NET_ADMIN, CAP_PERFMON and CAP_NET_RAW, where they are there, and CAP_DAC_OVERRIDE for the pins of a
// root-owned file system; gives up all others for good, and the right to gain any by exec.
[[nodiscard]] Result<void> drop_privileges();

}  // namespace vedette
