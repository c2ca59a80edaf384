// What a policy says of one packet, rule by rule: slow and plain, to hold the kernel's search against and to
// explain by.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "abi/packet.h"
#include "policy/policy.h"

namespace vedette {

// A packet, and what else rules ask of it. What isn't known is left as it is, and matches nothing.
struct PacketFacts {
  const vdt_packet& packet;
  std::string_view interface;
  std::string_view country;  // of the source
  std::uint32_t asn = 0;     // likewise
  std::string_view destination_country{};
  std::uint32_t destination_asn = 0;
  std::span<const std::uint8_t> payload;  // behind the transport header
};

// Whether what the rule decides on doesn't come in for certain: it is dropped, rejected or sent elsewhere.
[[nodiscard]] bool keeps_out(const Rule& rule);

enum class DecidedBy : std::uint8_t { kNothing, kAllow, kBlock, kRule, kProtocol };

struct Decision {
  DecidedBy by = DecidedBy::kNothing;
  const PolicySource* source = nullptr;  // of kAllow and kBlock
  const Rule* rule = nullptr;            // of kRule
  std::vector<const Rule*> observed;     // rules before it that matched and only count
  const Rule* shadow = nullptr;          // the shadow policy's that would decide

  // Whether the packet doesn't come in for certain. What a limit does isn't certain.
  [[nodiscard]] bool drops() const;
};

// Whether the packet is what the rule asks for.
[[nodiscard]] bool matches(const Match& match, const PacketFacts& packet);

// The allow-list, the block-list, and the first rule that decides. Entries' ends are not looked at. The
// pointers are into `policy`.
[[nodiscard]] Decision evaluate(const Policy& policy, const PacketFacts& packet);

}  // namespace vedette
