#include "detect/flood_load.h"

namespace vedette {

namespace {

using enum FindingKind;

constexpr std::array<FloodKind, kFloodClasses> kKinds{{
    {"syn_flood", kSynFlood, 512, "SYNs without a handshake"},
    {"syn_ack_reflection", kAmplification, 512, "SYN/ACKs and RSTs that it didn't ask for"},
    {"tcp_flood", kVolumetric, 1000, "TCP segments of no connection"},
    {"udp_flood", kUdpFlood, 1000, "UDP datagrams that nobody answers"},
    {"icmp_flood", kIcmpFlood, 1000, "ICMP packets"},
    {"fragment_flood", kVolumetric, 1000, "IP fragments that nobody answers"},
    {"protocol_flood", kVolumetric, 1000, "packets that nobody answers"},
    {"tunnel_flood", kVolumetric, 1000, "flows within tunnels that nobody answers"},
    {"one_way_flood", kVolumetric, 20'000, "packets of one-way flows"},
    {"volumetric", kVolumetric, 125e6, "bytes that nobody answers"},
}};

}  // namespace

const FloodKind& flood_kind(FloodClass flood) {
  return kKinds[flood];
}

}  // namespace vedette
