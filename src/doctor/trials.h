// What this kernel lets us load and attach, found out by loading and attaching: feature probes and version
// numbers mislead (a probe says "no tracing" where tp_btf works, "kprobe" where attaching fails).
#pragma once

#include <vector>

#include "doctor/fact.h"

namespace vedette {

// Loads and attaches small programs of every kind that Vedette uses, and then its own, on a veth pair in a
// network namespace of a child process's own, which takes all of it along when it ends. Touches nothing of
// the caller's. Takes about a second. One thread; not where the process has others.
[[nodiscard]] std::vector<Fact> try_kernel();

}  // namespace vedette
