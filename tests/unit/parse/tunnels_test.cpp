#include <gtest/gtest.h>

#include "packet/names.h"
#include "parse/frame.h"
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
      {VDT_TUNNEL_VXLAN, 42, outer(VDT_IP_UDP, vxlan_gpe(42, 3, kInnerFrame))},
      {VDT_TUNNEL_VXLAN, 42, outer(VDT_IP_UDP, vxlan_gpe(42, 1, kInner))},
      {VDT_TUNNEL_GENEVE, 43, outer(VDT_IP_UDP, geneve(43, 0x6558, zeros(8), kInnerFrame))},
      {VDT_TUNNEL_GRE, 0, outer(VDT_IP_GRE, gre(0, VDT_ETHER_IPV4, {}, kInner))},
      {VDT_TUNNEL_GRE, 5, outer(VDT_IP_GRE, gre(0x3000, VDT_ETHER_IPV4, be32(5) + be32(1), kInner))},
      {VDT_TUNNEL_GRE, 0,
       outer(VDT_IP_GRE, gre(0x1000, VDT_ETHER_ERSPAN_II, be32(1) + zeros(8), kInnerFrame))},
      // PPP with and without its address and control bytes, and with a compressed protocol number.
      {VDT_TUNNEL_PPTP, 6, outer(VDT_IP_GRE, pptp(0x3001, 6, be32(1) + be16(0xff03) + be16(0x21) + kInner))},
      {VDT_TUNNEL_PPTP, 6, outer(VDT_IP_GRE, pptp(0x3001, 6, be32(1) + be16(0x21) + kInner))},
      {VDT_TUNNEL_PPTP, 6, outer(VDT_IP_GRE, pptp(0x3001, 6, be32(1) + Bytes{0x21} + kInner))},
      {VDT_TUNNEL_PPTP, 6,
       outer(VDT_IP_GRE, pptp(0x3081, 6, be32(1) + be32(9) + be16(0xff03) + Bytes{0x21} + kInner))},
      {VDT_TUNNEL_IPIP, 0, outer(VDT_IP_IPIP, kInner)},
      {VDT_TUNNEL_AYIYA, 0, outer(VDT_IP_UDP, udp(40000, VDT_PORT_AYIYA, ayiya(1, VDT_IP_IPIP, kInner)))},
      {VDT_TUNNEL_AYIYA, 0, outer(VDT_IP_UDP, udp(VDT_PORT_AYIYA, 40000, ayiya(3, VDT_IP_IPIP, kInner)))},
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

TEST(Tunnel, WithinAnotherIsOpenedAndTold) {
  const Bytes call = pptp(0x3001, 6, be32(1) + be16(0xff03) + be16(0x21) + kInner);
  const vdt_packet packet =
      parsed(ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_IPIP, ipv4(VDT_IP_GRE, call, {.last_source = 7}))));
  EXPECT_EQ(packet.core.key.tunnel_type, VDT_TUNNEL_PPTP);
  EXPECT_EQ(packet.core.key.tunnel_id, 6U);
  EXPECT_EQ(ends(packet.core), "192.0.2.99 > 198.51.100.2");
  EXPECT_EQ(packet.core.key.dst_port, 53);
  EXPECT_EQ(address_text(packet.outer.src, packet.outer.ip_version), "192.0.2.7");
  EXPECT_EQ(address_text(packet.farther.src[0], packet.farther.ip_version[0]), "2001:db8::1");
  EXPECT_EQ(packet.farther.ip_version[1], 0);
}

TEST(Tunnel, KeepsTheSourceOfEachAroundIt) {
  Bytes inside = kInner;
  for (std::uint8_t source = 4; source >= 1; source--)
    inside = ipv4(VDT_IP_IPIP, inside, {.last_source = source});
  const vdt_packet packet = parsed(ethernet(VDT_ETHER_IPV4, inside));
  EXPECT_EQ(packet.core.key.dst_port, 53);
  EXPECT_EQ(address_text(packet.outer.src, 4), "192.0.2.4");
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(packet.farther.ip_version[i], 4);
    EXPECT_EQ(packet.farther.src[i].bytes[3], 3 - i);
  }
  EXPECT_EQ(parsed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_IPIP, kInner))).farther.ip_version[0], 0);
}

TEST(Tunnel, WithinAnotherThatHoldsNoIpLeavesTheOneAround) {
  const Bytes no_ip = udp(40000, VDT_PORT_VXLAN, zeros(20));
  const vdt_packet packet =
      parsed(ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_IPIP, ipv4(VDT_IP_UDP, no_ip, {.last_source = 7}))));
  EXPECT_EQ(packet.core.key.tunnel_type, VDT_TUNNEL_IPIP);
  EXPECT_EQ(ends(packet.core), "192.0.2.7 > 198.51.100.2");
  EXPECT_EQ(packet.core.key.dst_port, VDT_PORT_VXLAN);
  EXPECT_EQ(address_text(packet.outer.src, packet.outer.ip_version), "2001:db8::1");
}

TEST(Tunnel, IsOpenedFourDeepAtMost) {
  auto in_tunnels = [](int tunnels) {
    Bytes inside = kInner;
    for (int i = 1; i < tunnels; i++) inside = ipv4(VDT_IP_IPIP, inside);
    return parsed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_IPIP, inside))).core;
  };
  EXPECT_EQ(in_tunnels(VDT_TUNNELS_OPENED).key.dst_port, 53);
  const vdt_packet_core core = in_tunnels(VDT_TUNNELS_OPENED + 1);
  EXPECT_EQ(core.key.protocol, VDT_IP_IPIP);
  EXPECT_EQ(ends(core), kEnds4);
}

TEST(Tunnel, OfCapwapIsOpenedToItsNetworkAndFromIt) {
  const Bytes snap = Bytes{0xaa, 0xaa, 3, 0, 0, 0} + be16(VDT_ETHER_IPV4) + kInner;
  const Bytes first(6, 0x11), second(6, 0x22), third(6, 0x33), fourth(6, 0x44);
  const auto frame = [&](const Bytes& control, const Bytes& behind, const Bytes& sequence = {0x10, 0x01}) {
    return control + zeros(2) + first + second + third + sequence + behind;
  };
  struct {
    Bytes wlan;
    std::uint8_t src, dst;
  } const shapes[] = {
      {frame({0x08, 0x01}, snap), 0x22, 0x33},
      {frame({0x01, 0x08}, snap, {0x01, 0x10}), 0x22, 0x33},  // swapped
      {frame({0x08, 0x02}, snap), 0x33, 0x11},
      {frame({0x88, 0x01}, zeros(2) + snap), 0x22, 0x33},
      {frame({0x88, 0x81}, zeros(6) + snap), 0x22, 0x33},
      {frame({0x88, 0x03}, fourth + zeros(2) + snap), 0x44, 0x33},
  };
  const Bytes header = Bytes{0, 0x20, 0x43, 0x20} + zeros(4 + 8);  // eight bytes of the radio
  for (const auto& shape : shapes) {
    for (const Bytes& datagram : {udp(12380, VDT_PORT_CAPWAP, header + shape.wlan),
                                  udp(VDT_PORT_CAPWAP, 12380, header + shape.wlan)}) {
      const vdt_packet packet = parsed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, datagram)));
      EXPECT_EQ(packet.core.key.tunnel_type, VDT_TUNNEL_CAPWAP);
      EXPECT_EQ(ends(packet.core), "192.0.2.99 > 198.51.100.2");
      EXPECT_EQ(packet.core.src_mac[0], shape.src);
      EXPECT_EQ(packet.core.dst_mac[0], shape.dst);
    }
  }
}

TEST(Tunnel, OfCapwapIsLeftWhereItsContentIsNoWholePacket) {
  const Bytes data = Bytes{0x08, 0x01} + zeros(22);
  const Bytes snap = Bytes{0xaa, 0xaa, 3, 0, 0, 0} + be16(VDT_ETHER_IPV4) + kInner;
  const auto holds_tunnel = [](const Bytes& header, const Bytes& inside) {
    const Bytes datagram = udp(12380, VDT_PORT_CAPWAP, header + zeros(4) + inside);
    return (parsed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, datagram))).core.facts & VDT_FACT_TUNNEL) != 0;
  };
  const Bytes header{0, 0x10, 0x43, 0};
  EXPECT_TRUE(holds_tunnel(header, data + snap));
  EXPECT_TRUE(holds_tunnel({0, 0x10, 0x42, 0}, kInnerFrame));
  EXPECT_FALSE(holds_tunnel({1, 0x10, 0x43, 0}, data + snap));     // DTLS
  EXPECT_FALSE(holds_tunnel({0, 0x10, 0x43, 0x80}, data + snap));  // a fragment
  EXPECT_FALSE(holds_tunnel({0, 0x10, 0x45, 0}, data + snap));     // of another binding
  for (const std::size_t at : {0U, 1U}) {
    Bytes other = data;
    other[at] |= 0x40;  // no data; protected
    EXPECT_FALSE(holds_tunnel(header, other + snap)) << at;
  }
  EXPECT_FALSE(holds_tunnel(header, Bytes{0x88, 0x01} + zeros(22) + Bytes{0x80, 0} + snap));  // A-MSDU
}

TEST(Tunnel, OfAyiyaIsOneOnlyWhereAPacketIsForwarded) {
  const auto holds_tunnel = [](const Bytes& datagram) {
    return (parsed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, datagram))).core.facts & VDT_FACT_TUNNEL) != 0;
  };
  EXPECT_TRUE(holds_tunnel(udp(40000, VDT_PORT_AYIYA, ayiya(1, VDT_IP_IPIP, kInner))));
  EXPECT_FALSE(holds_tunnel(udp(40000, VDT_PORT_AYIYA, ayiya(2, VDT_IP_NO_NEXT, {}))));
  EXPECT_FALSE(holds_tunnel(udp(40000, VDT_PORT_AYIYA, ayiya(4, VDT_IP_IPIP, kInner))));
  EXPECT_FALSE(holds_tunnel(udp(40000, VDT_PORT_AYIYA, ayiya(1, VDT_IP_UDP, kDns))));
  EXPECT_FALSE(holds_tunnel(udp(40000, VDT_PORT_AYIYA, ayiya(1, VDT_IP_IPIP, kDns))));
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
