// What is left to do about a flood whose packets have nothing in common that others lack, and whose sources
// are many but their own: each of them is held to what a client needs.
#pragma once

#include <optional>
#include <span>

#include "act/attack_signature.h"
#include "detect/finding.h"
#include "policy/policy.h"

namespace vedette {

// A rule for packets to the flood's target, of the protocol that most of `attack` have, and where nearly all
// go to one port, of that: of each source so many new flows a second, of ICMP packets. Flows that are known,
// and what the target asked for, go on. Without a name and a reason. Nothing where the sources are forged: a
// limit would hold none of them back, and one for all together would take whoever is welcome as often as the
// attack. Nothing also where fewer than 100 packets are known.
[[nodiscard]] std::optional<Rule> flood_limit(const Finding& flood, std::span<const SampledPacket> attack);

}  // namespace vedette
