// A process' name as it is now: the kernel's record holds the name of the thread that made a socket, at that
// moment, before an exec or a rename.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/units.h"

namespace vedette {

// The name in /proc/`pid`/comm, if that process was already there at `since` (CLOCK_MONOTONIC): else the
// number is another's by now. Any thread.
[[nodiscard]] std::optional<std::string> process_name(pid_t pid, Nanoseconds since);

}  // namespace vedette
