// All that `vedette doctor` knows, and its verdict: can the sensor run here?
#pragma once

#include <span>
#include <vector>

#include "doctor/fact.h"

namespace vedette {

// The machine, the trials, the interfaces, and last the fact "sensor", which is on where the sensor can run.
// About a second; one thread, in a process without others.
[[nodiscard]] std::vector<Fact> examine();

// The verdict alone, from the facts of the trials: ring buffer, mapped array and our own packet programs.
[[nodiscard]] Fact sensor_verdict(std::span<const Fact> facts);

}  // namespace vedette
