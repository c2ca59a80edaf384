// How grave a flood is: by how far it stands over its class' floor, and by who sends it.
#pragma once

#include <cstdint>

#include "detect/finding.h"
#include "detect/flood_load.h"

namespace vedette {

enum class FloodSources : std::uint8_t {
  kFew,     // or nothing is known of them
  kMany,    // FloodDetail::kManySources and more
  kForged,  // FloodDetail::spoofed
};

// `detail` may be null.
[[nodiscard]] FloodSources flood_sources(const FloodDetail* detail);

// Of `rate` a second, which has reached the floor. High is what is surely hostile: ten floors, or two of
// forged sources. Few sources whose datagrams nobody answers may be somebody's who opens a socket for each
// (statsd, syslog), and so may long one-way flows of many (cameras).
[[nodiscard]] Severity flood_severity(FloodClass flood, double rate, FloodSources sources);

}  // namespace vedette
