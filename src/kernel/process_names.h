// A process' name as it is now: the kernel's record holds the name of the thread that made a socket, at that
// moment, before an exec or a rename.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <unordered_map>

#include "base/units.h"

namespace vedette {

struct ProcessFacts {
  std::string name;
  Nanoseconds started;  // CLOCK_MONOTONIC; to a clock tick (10 ms) exactly
};

// From /proc/`pid`/stat; nothing where there is no such process. Any thread.
[[nodiscard]] std::optional<ProcessFacts> process_facts(pid_t pid);

// Remembers what it read for a second: a server's many flows cost one reading. One thread at a time.
class ProcessNames {
 public:
  // The name of `pid`, if that process was already there at `since`: else the number is another's by now.
  // Times are CLOCK_MONOTONIC's; `now` is the present.
  [[nodiscard]] std::optional<std::string> name(pid_t pid, Nanoseconds since, Nanoseconds now);

 private:
  struct Known {
    std::optional<ProcessFacts> facts;
    Nanoseconds until;
  };
  std::unordered_map<pid_t, Known> known_;
};

}  // namespace vedette
