#include "tests/agreement/packet_fields.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace vedette::tests {

namespace {

struct Field {
  std::string_view name;
  std::size_t offset;
  std::size_t size;
  std::uint32_t fact;  // enum vdt_fact; 0 = always written
};

#define FIELD(fact, member)                                                                         \
  Field {                                                                                           \
#member, offsetof(vdt_packet, member), sizeof(static_cast <vdt_packet*>(nullptr)->member), fact \
  }

constexpr Field kFields[] = {
    FIELD(0, core.key.src),
    FIELD(0, core.key.dst),
    FIELD(0, core.key.src_port),
    FIELD(0, core.key.dst_port),
    FIELD(0, core.key.vlan),
    FIELD(0, core.key.tunnel_id),
    FIELD(0, core.key.protocol),
    FIELD(0, core.key.ip_version),
    FIELD(0, core.key.tunnel_type),
    FIELD(0, core.key.zero),
    FIELD(0, core.facts),
    FIELD(0, core.length),
    FIELD(0, core.payload_length),
    FIELD(0, core.tcp_seq),
    FIELD(0, core.tcp_ack),
    FIELD(0, core.fragment_id),
    FIELD(0, core.spi),
    FIELD(0, core.tcp_window),
    FIELD(0, core.fragment_offset),
    FIELD(0, core.ether_type),
    FIELD(0, core.network_offset),
    FIELD(0, core.transport_offset),
    FIELD(0, core.payload_offset),
    FIELD(0, core.tcp_flags),
    FIELD(0, core.ttl),
    FIELD(0, core.tos),
    FIELD(0, core.icmp_type),
    FIELD(0, core.icmp_code),
    FIELD(0, core.fragment),
    FIELD(0, core.malformed),
    FIELD(0, core.vlan_count),
    FIELD(0, core.mpls_count),
    FIELD(0, core.src_mac),
    FIELD(0, core.dst_mac),
    FIELD(VDT_FACT_TUNNEL, outer.src),
    FIELD(VDT_FACT_TUNNEL, outer.dst),
    FIELD(VDT_FACT_TUNNEL, outer.src_port),
    FIELD(VDT_FACT_TUNNEL, outer.dst_port),
    FIELD(VDT_FACT_TUNNEL, outer.ip_version),
    FIELD(VDT_FACT_TUNNEL, outer.protocol),
    FIELD(VDT_FACT_TUNNEL, outer.ttl),
    FIELD(VDT_FACT_TUNNEL, outer.tos),
    FIELD(VDT_FACT_TUNNEL, farther.src),
    FIELD(VDT_FACT_TUNNEL, farther.ip_version),
    FIELD(VDT_FACT_TUNNEL, farther.zero),
    FIELD(VDT_FACT_QUOTED, quoted.src),
    FIELD(VDT_FACT_QUOTED, quoted.dst),
    FIELD(VDT_FACT_QUOTED, quoted.src_port),
    FIELD(VDT_FACT_QUOTED, quoted.dst_port),
    FIELD(VDT_FACT_QUOTED, quoted.protocol),
    FIELD(VDT_FACT_QUOTED, quoted.ip_version),
    FIELD(VDT_FACT_QUOTED, quoted.zero),
    FIELD(VDT_FACT_TCP_OPTIONS, tcp_options.timestamp),
    FIELD(VDT_FACT_TCP_OPTIONS, tcp_options.timestamp_echo),
    FIELD(VDT_FACT_TCP_OPTIONS, tcp_options.mss),
    FIELD(VDT_FACT_TCP_OPTIONS, tcp_options.window_scale),
    FIELD(VDT_FACT_TCP_OPTIONS, tcp_options.seen),
};

#undef FIELD

constexpr std::size_t compared_bytes() {
  std::size_t sum = 0;
  for (const Field& field : kFields) sum += field.size;
  return sum;
}

constexpr std::size_t kLeftOut = sizeof(vdt_flow_key::ifindex) + sizeof(vdt_flow_key::direction) +
                                 sizeof(vdt_packet_core::direction) + sizeof(vdt_packet_core::cursor) +
                                 sizeof(vdt_inside);
static_assert(compared_bytes() + kLeftOut == sizeof(vdt_packet), "a field is not compared");

std::span<const std::uint8_t> bytes_of(const vdt_packet& packet, const Field& field) {
  return {reinterpret_cast<const std::uint8_t*>(&packet) + field.offset, field.size};
}

}  // namespace

std::string differences(const vdt_packet& kernel, const vdt_packet& file) {
  std::string text;
  for (const Field& field : kFields) {
    if ((kernel.core.facts & file.core.facts & field.fact) != field.fact) continue;
    const auto in_kernel = bytes_of(kernel, field);
    const auto in_file = bytes_of(file, field);
    if (std::memcmp(in_kernel.data(), in_file.data(), field.size) == 0) continue;
    text += fmt::format("{}{}: kernel {:02x}, file {:02x}", text.empty() ? "" : "; ", field.name,
                        fmt::join(in_kernel, ""), fmt::join(in_file, ""));
  }
  return text;
}

}  // namespace vedette::tests
