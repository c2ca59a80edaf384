// What the protocol policy has done.
#pragma once

#include <cstdint>
#include <string>

namespace vedette {

// What became of one entry, since it is in force by that name.
struct ProtocolCount {
  std::string name;
  std::uint64_t flows = 0;            // that showed what it refuses
  std::uint64_t dropped_packets = 0;  // of theirs
  std::uint64_t dropped_bytes = 0;
};

}  // namespace vedette
