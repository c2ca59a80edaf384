#include <gtest/gtest.h>

#include "packet/names.h"
#include "tests/unit/parse/parsed.h"

namespace vedette::tests {
namespace {

const Bytes kInner = ipv4(VDT_IP_UDP, kDns, {.last_source = 99});
const Bytes kInnerFrame = ethernet(VDT_ETHER_IPV4, kInner);

struct Shape {
  std::uint8_t type;
  std::uint32_t id;
  Bytes frame;
};

std::vector<Shape> shapes() {
  auto outer = [](std::uint8_t protocol, const Bytes& inside) {
    return ethernet(VDT_ETHER_IPV4, ipv4(protocol, inside));
  };
  const Bytes gtpu = Bytes{0x30, 0xff} + be16(kInner.size()) + be32(7) + kInner;
  const Bytes gtpu_extended = Bytes{0x34, 0xff} + be16(kInner.size() + 8) + be32(8) + Bytes{0, 0, 0, 0x85} +
                              Bytes{1, 0, 0, 0} + kInner;
  return {
      {VDT_TUNNEL_VXLAN, 42, outer(VDT_IP_UDP, vxlan(42, kInnerFrame))},
      {VDT_TUNNEL_GENEVE, 43, outer(VDT_IP_UDP, geneve(43, 0x6558, zeros(8), kInnerFrame))},
      {VDT_TUNNEL_GRE, 0, outer(VDT_IP_GRE, gre(0, VDT_ETHER_IPV4, {}, kInner))},
      {VDT_TUNNEL_GRE, 5, outer(VDT_IP_GRE, gre(0x3000, VDT_ETHER_IPV4, be32(5) + be32(1), kInner))},
      {VDT_TUNNEL_GRE, 0,
       outer(VDT_IP_GRE, gre(0x1000, VDT_ETHER_ERSPAN_II, be32(1) + zeros(8), kInnerFrame))},
      {VDT_TUNNEL_GRE, 6,
       outer(VDT_IP_GRE,
             gre(0x3001, VDT_ETHER_PPP, be16(30) + be16(6) + be32(1) + be16(0xff03) + be16(0x21), kInner))},
      {VDT_TUNNEL_IPIP, 0, outer(VDT_IP_IPIP, kInner)},
      {VDT_TUNNEL_GTPU, 7, outer(VDT_IP_UDP, udp(2152, VDT_PORT_GTPU, gtpu))},
      {VDT_TUNNEL_GTPU, 8, outer(VDT_IP_UDP, udp(2152, VDT_PORT_GTPU, gtpu_extended))},
  };
}

TEST(Tunnel, TellsTheInnerPacketAndKeepsTheOuterHeader) {
  for (const Shape& shape : shapes()) {
    const vdt_packet packet = parsed(shape.frame);
    const std::string name(tunnel_name(shape.type));
    ASSERT_TRUE(packet.core.facts & VDT_FACT_TUNNEL) << name;
    EXPECT_EQ(packet.core.key.tunnel_type, shape.type) << name;
    EXPECT_EQ(packet.core.key.tunnel_id, shape.id) << name;
    EXPECT_EQ(ends(packet.core), "192.0.2.99 > 198.51.100.2") << name;
    EXPECT_EQ(packet.core.key.dst_port, 53) << name;
    EXPECT_EQ(address_text(packet.outer.src, 4), "192.0.2.1") << name;
    EXPECT_EQ(packet.core.malformed, VDT_MALFORMED_NONE) << name;
  }
}

TEST(Tunnel, TellsIpv6InIpv4As6in4) {
  const vdt_packet packet = parsed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_IPV6, ipv6(VDT_IP_UDP, kDns))));
  EXPECT_EQ(packet.core.key.tunnel_type, VDT_TUNNEL_SIXIN4);
  EXPECT_EQ(ends(packet.core), kEnds6);
}

TEST(Tunnel, LeavesTheOuterPacketWhereNoIpIsInside) {
  const vdt_packet_core core =
      parsed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, vxlan(1, ethernet(VDT_ETHER_ARP, zeros(28)))))).core;
  EXPECT_FALSE(core.facts & VDT_FACT_TUNNEL);
  EXPECT_EQ(core.key.dst_port, VDT_PORT_VXLAN);
  EXPECT_EQ(ends(core), kEnds4);
}

// Cut anywhere, a frame has fewer facts, never false ones: its addresses are right or absent.
TEST(Truncation, AtEveryByteOfEveryShapeNeverMisleads) {
  std::vector<Bytes> frames;
  for (const Shape& shape : shapes()) frames.push_back(shape.frame);
  frames.push_back(
      ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_HOP_BY_HOP, extension(VDT_IP_TCP, tcp(1, 2, VDT_TCP_SYN)))));
  frames.push_back(ethernet(VDT_ETHER_VLAN, vlan(5, VDT_ETHER_MPLS, mpls(3, true, kInner))));
  frames.push_back(ethernet(VDT_ETHER_PPPOE_SESSION, pppoe(VDT_PPP_IPV4, kInner)));
  frames.push_back(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_ICMP, icmp(3, 3, kInner))));
  for (const Bytes& frame : frames) {
    const auto wire = static_cast<std::uint32_t>(frame.size());
    const vdt_packet whole = parsed(frame);
    for (std::size_t size = 0; size < frame.size(); size++) {
      const vdt_packet cut =
          parsed(Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)), wire);
      EXPECT_EQ(cut.core.length, wire);
      if (!(cut.core.facts & VDT_FACT_IP)) {
        EXPECT_NE(cut.core.malformed, VDT_MALFORMED_NONE) << size;
        continue;
      }
      const bool inner = (cut.core.facts & VDT_FACT_TUNNEL) == (whole.core.facts & VDT_FACT_TUNNEL);
      if (inner) {
        EXPECT_EQ(ends(cut.core), ends(whole.core)) << size;
      }
      if (inner && cut.core.facts & VDT_FACT_PORTS) {
        EXPECT_EQ(cut.core.key.dst_port, whole.core.key.dst_port) << size;
      }
    }
  }
}

}  // namespace
}  // namespace vedette::tests
