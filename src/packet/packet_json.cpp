#include "packet/packet_json.h"

#include <algorithm>

#include "base/address.h"
#include "packet/names.h"
#include "packet/spoken.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

void write_address(JsonWriter& json, std::string_view name, const vdt_address& address,
                   std::uint8_t ip_version) {
  json.field(name, [&](fmt::memory_buffer& text) { append_address(text, address, ip_version); });
}

void write_mac(JsonWriter& json, std::string_view name, const __u8 (&mac)[6]) {
  json.field(name,
             [&](fmt::memory_buffer& text) { append_mac(text, std::span<const std::uint8_t, 6>(mac)); });
}

void write_name(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.field(name, value);
}

void write_link(JsonWriter& json, const vdt_packet_core& core) {
  if (core.facts & (VDT_FACT_MAC | VDT_FACT_SRC_MAC)) write_mac(json, "src_mac", core.src_mac);
  if (core.facts & VDT_FACT_MAC) write_mac(json, "dst_mac", core.dst_mac);
  if (core.vlan_count == 0) return;
  json.key("vlan");
  json.begin_array();
  for (int i = 0; i < std::min<int>(core.vlan_count, VDT_VLANS_KEPT); i++) json.value(core.key.vlan[i]);
  json.end_array();
}

void write_not_ip(JsonWriter& json, const vdt_packet_core& core) {
  if (core.facts & VDT_FACT_ARP) {
    write_address(json, "src_ip", core.key.src, 4);
    write_address(json, "dst_ip", core.key.dst, 4);
    json.field("protocol", "arp");
  } else if (core.ether_type > VDT_ETHER_LENGTH_MAX) {
    json.field("ether_type", core.ether_type);
  }
}

void write_ip(JsonWriter& json, const vdt_packet_core& core) {
  json.field("ip_version", core.key.ip_version);
  write_address(json, "src_ip", core.key.src, core.key.ip_version);
  write_address(json, "dst_ip", core.key.dst, core.key.ip_version);
  json.field("ttl", core.ttl);
  json.field("dscp", core.tos >> 2);
  write_name(json, "fragment", fragment_name(core.fragment));
  const std::string_view protocol = protocol_name(core.key.protocol);
  if (protocol.empty())
    json.field("protocol", [&](auto& text) { fmt::format_to(fmt::appender(text), "{}", core.key.protocol); });
  else
    json.field("protocol", protocol);
}

void write_transport(JsonWriter& json, const vdt_packet_core& core) {
  if (core.facts & VDT_FACT_PORTS) {
    json.field("src_port", core.key.src_port);
    json.field("dst_port", core.key.dst_port);
  }
  if (core.facts & VDT_FACT_TCP) {
    json.field("tcp_flags", std::string_view(tcp_flags_text(core.tcp_flags)));
    json.field("tcp_seq", core.tcp_seq);
    json.field("tcp_ack", core.tcp_ack);
    json.field("tcp_window", core.tcp_window);
  }
  if (core.facts & VDT_FACT_ICMP) {
    json.field("icmp_type", core.icmp_type);
    json.field("icmp_code", core.icmp_code);
  }
  if (core.facts & VDT_FACT_SPI) json.field("spi", core.spi);
  if (core.payload_offset != 0) json.field("payload_length", core.payload_length);
}

void write_quoted(JsonWriter& json, const vdt_quoted& quoted) {
  json.key("quoted");
  json.begin_object();
  write_address(json, "src_ip", quoted.src, quoted.ip_version);
  write_address(json, "dst_ip", quoted.dst, quoted.ip_version);
  json.field("protocol", std::string_view(protocol_text(quoted.protocol)));
  if (quoted.src_port != 0 || quoted.dst_port != 0) {
    json.field("src_port", quoted.src_port);
    json.field("dst_port", quoted.dst_port);
  }
  json.end_object();
}

void write_tunnel(JsonWriter& json, const vdt_flow_key& key, const vdt_outer& outer) {
  json.key("tunnel");
  json.begin_object();
  json.field("type", tunnel_name(key.tunnel_type));
  if (tunnel_has_id(key.tunnel_type, key.tunnel_id)) json.field("id", key.tunnel_id);
  write_address(json, "src_ip", outer.src, outer.ip_version);
  write_address(json, "dst_ip", outer.dst, outer.ip_version);
  json.end_object();
}

}  // namespace

void write_packet(JsonWriter& json, const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  json.begin_object();
  json.field("time_ns", packet.time.count());
  write_name(json, "interface", packet.interface_name);
  write_name(json, "direction", direction_name(core.direction));
  json.field("length", core.length);
  json.field("captured", packet.bytes.size());
  if (packet.segments > 1) json.field("segments", packet.segments);
  write_link(json, core);
  if (core.facts & VDT_FACT_IP) {
    write_ip(json, core);
    write_transport(json, core);
  } else {
    write_not_ip(json, core);
  }
  if (core.facts & VDT_FACT_QUOTED) write_quoted(json, packet.facts->quoted);
  if (core.facts & VDT_FACT_TUNNEL) write_tunnel(json, core.key, packet.facts->outer);
  if (core.malformed != VDT_MALFORMED_NONE) json.field("malformed", malformed_name(core.malformed));
  write_name(json, "verdict", packet.verdict);
  if (packet.spoken != kNothingSpoken) {
    const Spoken& what = spoken(packet.spoken);
    json.field("app", std::string_view(what.app));
    write_name(json, "app_version", what.app_version);
  }
  json.end_object();
}

void append_packet_line(fmt::memory_buffer& out, const Packet& packet) {
  JsonWriter json(out);
  write_packet(json, packet);
  out.push_back('\n');
}

}  // namespace vedette
