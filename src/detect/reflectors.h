// Services that answer a small question with a large answer over UDP, and middleboxes that do over TCP, so
// that forged questions flood whom they are forged for: their ports and what their answers look like.
// Sources: Rossow, "Amplification Hell" (NDSS 2014), CISA's alert TA14-017A, AmpPot (Krämer et al. 2015), and
// each protocol's own document, named in reflectors.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "detect/detector.h"
#include "parse/protocols.h"

namespace vedette {

struct Reflector {
  std::string_view detector;  // "dns_amplification"
  std::string_view name;      // "DNS"
  // Whether this is the service's answer, by as many bytes as were captured.
  bool (*is_answer)(std::span<const std::uint8_t> payload);
  std::uint16_t port;
  // Questions look the same, or answers like nothing in particular: only what goes to another port than the
  // service's is an answer.
  bool alike = false;
  // Bytes of a frame that attacks' answers have on average, at least. What is large of DNS is what didn't fit
  // before EDNS (RFC 1035, 4.2.1); for NTP 200 bytes tell monlist from the time (Kopp et al., "DDoS Hide &
  // Seek", IMC 2019).
  std::uint16_t mean_bytes = 200;
  std::uint8_t protocol = VDT_IP_UDP;
};

[[nodiscard]] std::span<const Reflector> reflectors();

// The service at this UDP port; null where there is none.
[[nodiscard]] const Reflector* reflector_at(std::uint16_t port);

// The service whose answer this step is, which its receiver didn't ask for as far as was seen; null where it
// is none. Fragments of answers are answers.
[[nodiscard]] const Reflector* reflected(const FlowStep& step);
// The same of a packet that is looked at: a block page that a middlebox sends over TCP to who never opened a
// connection, among the first three packets of a flow that began without a SYN.
[[nodiscard]] const Reflector* reflected_by_middlebox(const FlowStep& step);
[[nodiscard]] inline bool is_reflected(const FlowStep& step) {
  return reflected(step) != nullptr;
}

}  // namespace vedette
