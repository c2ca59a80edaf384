// One call from bytes to facts.
#pragma once

#include <cstdint>
#include <string>

#include "base/address.h"
#include "packet/parse.h"
#include "tests/packet_builder.h"

namespace vedette::tests {

// `wire` 0: all bytes were captured.
inline vdt_packet parsed(const Bytes& frame, std::uint32_t wire = 0, LinkType type = LinkType::kEthernet) {
  vdt_packet packet{};
  const auto captured = static_cast<std::uint32_t>(frame.size());
  parse_packet(type, frame, wire == 0 ? captured : wire, packet);
  return packet;
}

// "192.0.2.1 > 198.51.100.2".
inline std::string ends(const vdt_packet_core& core) {
  return address_text(core.key.src, core.key.ip_version) + " > " +
         address_text(core.key.dst, core.key.ip_version);
}

inline const Bytes kDns = udp(40000, 53, text("query"));
inline const std::string kEnds4 = "192.0.2.1 > 198.51.100.2";
inline const std::string kEnds6 = "2001:db8::1 > 2001:db8::2";

}  // namespace vedette::tests
