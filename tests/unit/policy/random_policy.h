// Policies and packets by chance, in few values each, so that rules take packets and one another often.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "abi/packet.h"
#include "policy/policy.h"

namespace vedette::tests {

using Chance = std::mt19937;

// In the form that the file's reader gives: lists sorted where it sorts them, nothing within another.
[[nodiscard]] Match random_match(Chance& chance);
[[nodiscard]] Rule random_rule(Chance& chance, std::size_t number);
[[nodiscard]] Policy random_policy(Chance& chance);

struct RandomPacket {
  vdt_packet packet{};
  std::string_view interface, country, destination_country;
  std::uint32_t asn = 0, destination_asn = 0;
  std::vector<std::uint8_t> payload;
};

[[nodiscard]] RandomPacket random_packet(Chance& chance);

}  // namespace vedette::tests
