#include <gtest/gtest.h>

#include "tests/unit/parse/parsed.h"

namespace vedette::tests {
namespace {

TEST(Ethernet, TellsMacsAndLength) {
  const vdt_packet_core core = parsed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, kDns))).core;
  EXPECT_TRUE(core.facts & VDT_FACT_MAC);
  EXPECT_EQ(core.src_mac[5], 1);
  EXPECT_EQ(core.dst_mac[5], 2);
  EXPECT_EQ(core.length, 14U + 20 + 8 + 5);
}

TEST(Vlan, KeepsTheOutermostTwoOfAStack) {
  const Bytes inner = vlan(30, VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, kDns));
  const vdt_packet_core core =
      parsed(ethernet(VDT_ETHER_QINQ, vlan(10, VDT_ETHER_VLAN, vlan(20, VDT_ETHER_VLAN, inner)))).core;
  EXPECT_EQ(core.vlan_count, 3);
  EXPECT_EQ(core.key.vlan[0], 10);
  EXPECT_EQ(core.key.vlan[1], 20);
  EXPECT_EQ(ends(core), kEnds4);
}

TEST(Vlan, NamesAStackThatIsTooDeep) {
  Bytes frame = ipv4(VDT_IP_UDP, kDns);
  for (int i = 0; i < 9; i++) frame = vlan(1, i == 0 ? VDT_ETHER_IPV4 : VDT_ETHER_VLAN, frame);
  EXPECT_EQ(parsed(ethernet(VDT_ETHER_VLAN, frame)).core.malformed, VDT_MALFORMED_VLAN_TOO_DEEP);
}

TEST(Pppoe, ReachesIpv6InASession) {
  const vdt_packet_core core =
      parsed(ethernet(VDT_ETHER_PPPOE_SESSION, pppoe(VDT_PPP_IPV6, ipv6(VDT_IP_UDP, kDns)))).core;
  EXPECT_EQ(ends(core), kEnds6);
  EXPECT_EQ(core.key.dst_port, 53);
}

TEST(Mpls, WalksToTheBottomAndReadsTheNibble) {
  const vdt_packet_core core =
      parsed(ethernet(VDT_ETHER_MPLS, mpls(16, false, mpls(17, true, ipv4(VDT_IP_UDP, kDns))))).core;
  EXPECT_EQ(core.mpls_count, 2);
  EXPECT_EQ(ends(core), kEnds4);
}

TEST(Arp, TellsSenderAndTarget) {
  const Bytes request = be16(1) + be16(VDT_ETHER_IPV4) + Bytes{6, 4} + be16(1) + zeros(6) +
                        Bytes{192, 0, 2, 1} + zeros(6) + Bytes{192, 0, 2, 9};
  const vdt_packet_core core = parsed(ethernet(VDT_ETHER_ARP, request)).core;
  EXPECT_TRUE(core.facts & VDT_FACT_ARP);
  EXPECT_FALSE(core.facts & VDT_FACT_IP);
  EXPECT_EQ(address_text(core.key.dst, 4), "192.0.2.9");
}

TEST(LinkTypes, ReachTheSamePacketBehindEachHeader) {
  const Bytes ip = ipv4(VDT_IP_UDP, kDns);
  const Bytes snap = Bytes{0xaa, 0xaa, 3, 0, 0, 0} + be16(VDT_ETHER_IPV4) + ip;
  const Bytes qos_data = Bytes{0x88, 1} + zeros(24) + snap;
  const std::pair<LinkType, Bytes> shapes[] = {
      {LinkType::kRaw, ip},
      {LinkType::kIpv4, ip},
      {LinkType::kNull, Bytes{2, 0, 0, 0} + ip},
      {LinkType::kLoop, be32(2) + ip},
      {LinkType::kLinuxCooked, zeros(14) + be16(VDT_ETHER_IPV4) + ip},
      {LinkType::kLinuxCooked2, be16(VDT_ETHER_IPV4) + zeros(18) + ip},
      {LinkType::kPpp, be16(0xff03) + be16(VDT_PPP_IPV4) + ip},
      {LinkType::kCiscoHdlc, be16(0x0f00) + be16(VDT_ETHER_IPV4) + ip},
      {LinkType::kFrameRelay, Bytes{0x18, 0x41, 0x03, 0xcc} + ip},
      {LinkType::kAtmRfc1483, snap},
      {LinkType::kWlan, qos_data},
      {LinkType::kWlanRadiotap, Bytes{0, 0, 8, 0, 0, 0, 0, 0} + qos_data},
      {LinkType::kPpi, Bytes{0, 0, 8, 0, 105, 0, 0, 0} + qos_data},
      {LinkType::kMpls, mpls(16, true, ip)},
      {LinkType::kNflog, Bytes{2, 0, 0, 0} + Bytes{8, 0, 1, 0, 0, 0, 0, 0} + Bytes{0, 0, 9, 0} + ip},
  };
  for (const auto& [type, frame] : shapes) {
    const vdt_packet_core core = parsed(frame, 0, type).core;
    EXPECT_EQ(ends(core), kEnds4) << link_type_name(type);
    EXPECT_EQ(core.key.dst_port, 53) << link_type_name(type);
    EXPECT_EQ(core.malformed, VDT_MALFORMED_NONE) << link_type_name(type);
  }
}

TEST(LinkTypes, NamesOneWithoutAParserAndAnEmptyFrame) {
  EXPECT_EQ(parsed(zeros(40), 0, static_cast<LinkType>(249)).core.malformed, VDT_MALFORMED_LINK_TYPE);
  EXPECT_EQ(parsed({}).core.malformed, VDT_MALFORMED_EMPTY);
}

TEST(Wlan, DoesNotReadAProtectedFrame) {
  const Bytes frame =
      Bytes{0x08, 0x41} + zeros(22) + Bytes{0xaa, 0xaa, 3, 0, 0, 0, 8, 0} + ipv4(VDT_IP_UDP, kDns);
  const vdt_packet_core core = parsed(frame, 0, LinkType::kWlan).core;
  EXPECT_FALSE(core.facts & VDT_FACT_IP);
  EXPECT_EQ(core.malformed, VDT_MALFORMED_NONE);
}

}  // namespace
}  // namespace vedette::tests
