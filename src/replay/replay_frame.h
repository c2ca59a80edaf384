// A file's packet as the packet programs are given it: an Ethernet frame, as far as it was captured, with
// what its bytes don't say; or why they can't decide on it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "policy/policy.h"
#include "source/packet_reader.h"

namespace vedette {

// X(enumerator, name in JSON, meaning)
#define VEDETTE_UNDECIDED_LIST(X)                                                                   \
  X(kOutgoing, "outgoing", "the capture says that it went out: policies decide on what comes in")   \
  X(kTooShort, "too_short", "less was captured than an Ethernet header")                            \
  X(kLinkType, "link_type", "its link layer isn't Ethernet, and no network header was found in it") \
  X(kCutOff, "cut_off", "the capture ends within what the policy would look at")

enum class Undecided : std::uint8_t {
#define VEDETTE_AS_UNDECIDED(enumerator, name, meaning) enumerator,
  VEDETTE_UNDECIDED_LIST(VEDETTE_AS_UNDECIDED)
#undef VEDETTE_AS_UNDECIDED
      kCount
};

[[nodiscard]] std::string_view undecided_name(Undecided why);
[[nodiscard]] std::string_view undecided_meaning(Undecided why);

struct ReplayFrame {
  std::span<const std::uint8_t> bytes{};  // from the Ethernet header on; not all where there are many
  const vdt_packet* facts = nullptr;      // what the parser says of it; never null
  std::uint32_t interface = 0;            // InterfaceNumbers
  std::uint64_t now_ns = 0;               // ReplayClock
};

// How many bytes behind the transport header a policy's rules look at.
[[nodiscard]] std::uint32_t payload_looked_at(const Policy& policy);

// One thread.
class FrameMaker {
 public:
  explicit FrameMaker(std::uint32_t payload_looked_at) : payload_looked_at_(payload_looked_at) {}

  // Where the link layer isn't Ethernet but an IP packet was found behind it, that packet behind an Ethernet
  // header, as it would come in by a wire; its length is then that frame's. Time and interface are the
  // caller's to say. Valid until the next call, and as long as the packet.
  [[nodiscard]] std::variant<ReplayFrame, Undecided> frame_of(const FilePacket& packet);

 private:
  [[nodiscard]] std::variant<ReplayFrame, Undecided> behind_ethernet(const FilePacket& packet);

  static constexpr std::size_t kLongest = 3'400;  // bytes: what BPF_PROG_TEST_RUN puts into one piece

  std::uint32_t payload_looked_at_;
  std::array<std::uint8_t, kLongest> made_{};
  vdt_packet made_facts_{};
};

}  // namespace vedette
