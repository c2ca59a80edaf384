// Packets for flow tests, said in one line each: who to whom, when, what.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <string>

#include "abi/packet.h"
#include "packet/packet.h"
#include "parse/protocols.h"

namespace vedette::testing {

inline constexpr std::uint8_t kFin = VDT_TCP_FIN;
inline constexpr std::uint8_t kSyn = VDT_TCP_SYN;
inline constexpr std::uint8_t kRst = VDT_TCP_RST;
inline constexpr std::uint8_t kAck = VDT_TCP_ACK;

struct End {
  std::string address;
  std::uint16_t port = 0;
};

inline const End kClient{"192.0.2.1", 40000};
inline const End kServer{"198.51.100.2", 443};

// A parsed packet that owns its facts; converts into the view that tables take.
struct TestPacket {
  vdt_packet facts{};
  Nanoseconds time{};

  operator Packet() const {
    return {.time = time, .interface_name = {}, .bytes = {}, .facts = &facts, .verdict = {}};
  }
};

inline void set_end(vdt_address& address, std::uint16_t& port, const End& end, vdt_flow_key& key) {
  const bool v6 = end.address.find(':') != std::string::npos;
  key.ip_version = v6 ? 6 : 4;
  inet_pton(v6 ? AF_INET6 : AF_INET, end.address.c_str(), &address);
  port = end.port;
}

inline TestPacket ip_packet(std::uint8_t protocol, const End& from, const End& to, Nanoseconds time,
                            std::uint32_t length = 100) {
  TestPacket packet;
  vdt_packet_core& core = packet.facts.core;
  core.key.protocol = protocol;
  set_end(core.key.src, core.key.src_port, from, core.key);
  set_end(core.key.dst, core.key.dst_port, to, core.key);
  core.facts = VDT_FACT_IP;
  if (protocol == VDT_IP_TCP || protocol == VDT_IP_UDP) core.facts |= VDT_FACT_PORTS;
  core.length = length;
  packet.time = time;
  return packet;
}

inline TestPacket udp(const End& from, const End& to, Nanoseconds time, std::uint32_t length = 100) {
  return ip_packet(VDT_IP_UDP, from, to, time, length);
}

struct Segment {
  std::uint8_t flags = kAck;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t payload = 0;
  std::uint16_t window = 1000;
};

inline TestPacket tcp(const End& from, const End& to, Nanoseconds time, const Segment& segment) {
  TestPacket packet = ip_packet(VDT_IP_TCP, from, to, time, 54 + segment.payload);
  vdt_packet_core& core = packet.facts.core;
  core.facts |= VDT_FACT_TCP;
  core.tcp_flags = segment.flags;
  core.tcp_seq = segment.seq;
  core.tcp_ack = segment.ack;
  core.tcp_window = segment.window;
  core.payload_length = segment.payload;
  return packet;
}

}  // namespace vedette::testing
