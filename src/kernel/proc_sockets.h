// Who holds which IP socket, read from /proc: the slow way round for hosts that refuse the kernel walk
// (kernel/held_sockets.h). Races with sockets that come and go; needs CAP_SYS_PTRACE for others' descriptors.
#pragma once

#include <cstdint>
#include <vector>

#include "abi/owner.h"
#include "base/error.h"

namespace vedette {

// TCP and UDP sockets of the calling process' network namespace, whose cookie is `netns`. Any thread.
[[nodiscard]] Result<std::vector<vdt_held_socket>> proc_sockets(std::uint64_t netns);

}  // namespace vedette
