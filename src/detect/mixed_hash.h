// Well mixed hashes, the same in every run: for sketches, and with a secret seed for tables.
#pragma once

#include <cstdint>

#include "abi/flow_key.h"
#include "flow/key_fold.h"

namespace vedette {

// Twice: addresses of one network differ in few bits, and once leaves them unevenly spread over a sketch.
[[nodiscard]] inline std::uint64_t mixed(std::uint64_t first, std::uint64_t second) {
  const std::uint64_t once = detail::mix(first ^ 0x9e3779b97f4a7c15, second ^ 0xd1b54a32d192ed03);
  return detail::mix(once ^ 0x8bb84b93962eacc9, 0x2d358dccaa6c78a5);
}

// `seed`: others are other hashes.
[[nodiscard]] inline std::uint64_t mixed(const vdt_address& address, std::uint64_t seed = 0) {
  return mixed(address.halves[0] ^ seed, address.halves[1] ^ (seed >> 32 | seed << 32));
}

}  // namespace vedette
