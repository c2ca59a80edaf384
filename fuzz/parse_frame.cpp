// Any bytes as a frame of any link type: the parser must neither read outside them nor loop, and what it says
// must be within them. The first four bytes choose the link type and the length on the wire.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "packet/packet_json.h"
#include "packet/parse.h"

namespace {

void expect(bool truth) {
  if (!truth) std::abort();
}

void check(const vdt_packet& packet) {
  const vdt_packet_core& core = packet.core;
  expect(core.malformed < VDT_MALFORMED_COUNT);
  expect(core.fragment <= VDT_FRAGMENT_LAST);
  expect(core.key.tunnel_type < VDT_TUNNEL_COUNT);
  if (core.facts & VDT_FACT_IP) expect(core.key.ip_version == 4 || core.key.ip_version == 6);
  if (core.facts & VDT_FACT_TUNNEL) expect(packet.outer.ip_version == 4 || packet.outer.ip_version == 6);
  for (const auto byte : core.key.zero) expect(byte == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kChoice = 4;
  if (size < kChoice) return 0;
  const auto type = static_cast<vedette::LinkType>(data[0] | data[1] << 8);
  const std::size_t captured = size - kChoice;
  const std::uint32_t more = data[2] | data[3] << 8;
  // Memory of its own, so that a read one byte behind the frame is seen.
  const auto frame = std::make_unique<std::uint8_t[]>(captured);
  if (captured > 0) std::memcpy(frame.get(), data + kChoice, captured);
  vdt_packet packet;
  std::memset(&packet, 0xa5, sizeof(packet));
  vedette::parse_packet(type, {frame.get(), captured}, static_cast<std::uint32_t>(captured) + more, packet);
  check(packet);
  fmt::memory_buffer json;
  vedette::append_packet_line(json, {.time = vedette::Nanoseconds(0),
                                     .interface_name = {},
                                     .bytes = {frame.get(), captured},
                                     .facts = &packet,
                                     .verdict = {}});
  return 0;
}
