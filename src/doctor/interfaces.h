// What sits on each interface and what its device does to packets before we see them. Only looks: nothing is
// attached, no offload is changed.
#pragma once

#include <vector>

#include "doctor/fact.h"

namespace vedette {

// Facts about every interface of this network namespace that is up, loopback left out. Any thread.
[[nodiscard]] std::vector<Fact> look_at_interfaces();

}  // namespace vedette
