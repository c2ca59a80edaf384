// Who speaks to which service of whom: what recurrences and repeated attempts are counted by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

#include "abi/flow_key.h"
#include "flow/flow.h"
#include "flow/key_fold.h"

namespace vedette {

struct ServiceKey {
  vdt_address source{};
  vdt_address target{};
  std::uint16_t port = 0;  // of the target
  std::uint8_t protocol = 0;
  std::uint8_t ip_version = 4;
  std::uint32_t about = 0;  // what else tells two apart

  bool operator==(const ServiceKey& other) const {
    return source.halves[0] == other.source.halves[0] && source.halves[1] == other.source.halves[1] &&
           target.halves[0] == other.target.halves[0] && target.halves[1] == other.target.halves[1] &&
           port == other.port && protocol == other.protocol && ip_version == other.ip_version &&
           about == other.about;
  }
};

// Between a flow's initiator and its responder.
[[nodiscard]] inline ServiceKey service_of(const Flow& flow, std::uint32_t about = 0) {
  return {.source = flow.key.src,
          .target = flow.key.dst,
          .port = flow.key.dst_port,
          .protocol = flow.key.protocol,
          .ip_version = flow.key.ip_version,
          .about = about};
}

// Seeded: who forges sources can't choose ones that collide.
struct ServiceHash {
  std::uint64_t seed = std::uint64_t{std::random_device{}()} << 32 | std::random_device{}();

  std::size_t operator()(const ServiceKey& key) const {
    using detail::mix;
    const std::uint64_t rest = std::uint64_t{key.about} << 32 | std::uint64_t{key.port} << 16 |
                               std::uint64_t{key.protocol} << 8 | key.ip_version;
    const std::uint64_t source = mix(key.source.halves[0] ^ seed, key.source.halves[1] ^ ~seed);
    const std::uint64_t target = mix(key.target.halves[0] ^ ~seed, key.target.halves[1] ^ source);
    return mix(source ^ rest, target ^ seed);
  }
};

}  // namespace vedette
