// What an attack's packets have in common and other packets haven't: for attacks whose sources are forged or
// too many to be blocked, and whose packets look alike.
//
// A conjunction of fields and bytes, as of Polygraph (Newsome, Karp, Song, "Polygraph: automatically
// generating signatures for polymorphic worms", 2005), of the narrowest aggregate that still has the attack
// (Mahajan et al., "Controlling high bandwidth aggregates in the network", 2002): each part that nearly all
// of the attack shares is taken, then, as long as it would harm too much of the clean traffic, parts that
// cost some of the attack. How much it may harm at worst is the upper end of Wilson's interval (1927), so
// that little clean traffic proves little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "abi/packet.h"
#include "base/error.h"
#include "policy/policy.h"

namespace vedette {

struct SampledPacket {
  vdt_packet packet{};
  std::vector<std::uint8_t> payload;  // its first bytes behind the transport header; may be none
};

struct SignatureLimits {
  double least_cover = 0.8;        // of the attack's packets
  double most_harm = 0.01;         // of the clean ones, at worst
  std::size_t least_sample = 100;  // packets of the attack
};

struct AttackSignature {
  Match match;
  std::size_t attack = 0;   // packets of the sample
  std::size_t covered = 0;  // of these
  std::size_t clean = 0;    // packets of the sample
  std::size_t harmed = 0;   // of these
  double harm_at_worst =
      1;                  // share of clean traffic that it takes, 95 % sure; 1 where there was none to tell
  bool harmless = false;  // within the limits
};

// How many of these packets the match takes.
[[nodiscard]] std::size_t taken_by(const Match& match, std::span<const SampledPacket> packets);

// Of packets to `target`. Failed where too few packets of the attack are known, or they have nothing in
// common that others lack.
[[nodiscard]] Result<AttackSignature> find_signature(const Prefix& target,
                                                     std::span<const SampledPacket> attack,
                                                     std::span<const SampledPacket> clean,
                                                     const SignatureLimits& limits = {});

}  // namespace vedette
