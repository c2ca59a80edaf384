// What this machine says of itself without being tried: versions, limits, mounts, capabilities. Only reads.
#pragma once

#include <string>
#include <vector>

#include "doctor/fact.h"

namespace vedette {

// Any thread.
[[nodiscard]] std::vector<Fact> look_at_machine();

// Where a cgroup2 hierarchy is mounted; empty where none is.
[[nodiscard]] std::string cgroup2_folder();

}  // namespace vedette
