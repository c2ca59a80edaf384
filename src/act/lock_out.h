// Whom a block must not cut off unawares: the host itself, its gateways and resolvers, and whoever works on
// it.
#pragma once

#include <string>
#include <vector>

#include "base/prefix.h"

namespace vedette {

struct Untouchable {
  Prefix address;
  std::string what;  // "this host's own address", "an SSH session is open from there"
};

// Those of this moment, in the calling thread's network namespace: own addresses, default gateways (of the
// main routing table), name servers (resolv.conf), the far ends of established TCP connections to port 22.
// What can't be read is left out.
[[nodiscard]] std::vector<Untouchable> untouchables();

}  // namespace vedette
