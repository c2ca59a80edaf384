// A process' name as it is now: the kernel's record holds the name of the thread that made a socket, at that
// moment, before an exec or a rename.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/units.h"

namespace vedette {

struct ProcessFacts {
  std::string name;
  Nanoseconds started;  // CLOCK_MONOTONIC; to a clock tick (10 ms) exactly
};

// From /proc/`pid`/stat; nothing where there is no such process. Any thread.
[[nodiscard]] std::optional<ProcessFacts> process_facts(pid_t pid);

// The name of `pid`, if that process was already there at `since` (CLOCK_MONOTONIC): else the number is
// another's by now. Any thread.
[[nodiscard]] std::optional<std::string> process_name(pid_t pid, Nanoseconds since);

}  // namespace vedette
