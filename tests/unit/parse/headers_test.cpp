#include <gtest/gtest.h>

#include "tests/unit/parse/parsed.h"

namespace vedette::tests {
namespace {

vdt_packet over_ipv4(std::uint8_t protocol, const Bytes& inside, const Ipv4Says& says = {}) {
  return parsed(ethernet(VDT_ETHER_IPV4, ipv4(protocol, inside, says)));
}

vdt_packet over_ipv6(std::uint8_t next, const Bytes& inside, int length = -1) {
  return parsed(ethernet(VDT_ETHER_IPV6, ipv6(next, inside, length)));
}

TEST(Ipv4, ReadsPortsBehindOptions) {
  const vdt_packet_core core = over_ipv4(VDT_IP_UDP, kDns, {.options = Bytes{148, 4, 0, 0}}).core;
  EXPECT_EQ(core.transport_offset, 14 + 24);
  EXPECT_EQ(core.key.src_port, 40000);
  EXPECT_EQ(core.payload_length, 5U);
  EXPECT_EQ(core.ttl, 64);
  EXPECT_EQ(core.tos, 0xb8);
}

TEST(Ipv4, TakesALengthOfZeroAsTheFramesOwn) {
  const vdt_packet_core core =
      over_ipv4(VDT_IP_TCP, tcp(1, 2, VDT_TCP_ACK, {}, zeros(3000)), {.total = 0}).core;
  EXPECT_EQ(core.payload_length, 3000U);
  EXPECT_EQ(core.malformed, VDT_MALFORMED_NONE);
}

TEST(Ipv4, NamesALengthBeyondTheFrameAndStillReadsIt) {
  const vdt_packet_core core = over_ipv4(VDT_IP_UDP, kDns, {.total = 1000}).core;
  EXPECT_EQ(core.malformed, VDT_MALFORMED_IP_LENGTH);
  EXPECT_EQ(core.key.dst_port, 53);
}

TEST(Ipv4, TellsFragmentsAndReadsPortsInTheFirstAlone) {
  const vdt_packet_core first = over_ipv4(VDT_IP_UDP, kDns, {.fragment = 0x2000}).core;
  EXPECT_EQ(first.fragment, VDT_FRAGMENT_FIRST);
  EXPECT_EQ(first.key.dst_port, 53);
  const vdt_packet_core last = over_ipv4(VDT_IP_UDP, kDns, {.fragment = 185}).core;
  EXPECT_EQ(last.fragment, VDT_FRAGMENT_LAST);
  EXPECT_EQ(last.fragment_offset, 1480);
  EXPECT_FALSE(last.facts & VDT_FACT_PORTS);
  EXPECT_EQ(over_ipv4(VDT_IP_UDP, kDns, {.fragment = 0x2001}).core.fragment, VDT_FRAGMENT_MIDDLE);
}

Bytes extensions(int count) {
  Bytes inside = kDns;
  for (int i = 0; i < count; i++)
    inside = extension(i == 0 ? VDT_IP_UDP : VDT_IP_DESTINATION_OPTIONS, inside);
  return inside;
}

TEST(Ipv6, SkipsEightExtensionHeaders) {
  const vdt_packet_core core = over_ipv6(VDT_IP_HOP_BY_HOP, extensions(8)).core;
  EXPECT_EQ(core.malformed, VDT_MALFORMED_NONE);
  EXPECT_EQ(core.key.protocol, VDT_IP_UDP);
  EXPECT_EQ(core.key.dst_port, 53);
}

TEST(Ipv6, NamesMoreThanEightExtensionHeaders) {
  const vdt_packet_core core = over_ipv6(VDT_IP_HOP_BY_HOP, extensions(9)).core;
  EXPECT_EQ(core.malformed, VDT_MALFORMED_IP_EXTENSIONS_TOO_MANY);
  EXPECT_EQ(ends(core), kEnds6);
}

TEST(Ipv6, TellsFragmentsButNotAnAtomicOne) {
  const vdt_packet_core last = over_ipv6(VDT_IP_FRAGMENT, fragment_header(VDT_IP_UDP, 1480, kDns)).core;
  EXPECT_EQ(last.fragment, VDT_FRAGMENT_LAST);
  EXPECT_EQ(last.key.protocol, VDT_IP_UDP);
  EXPECT_FALSE(last.facts & VDT_FACT_PORTS);
  const vdt_packet_core whole = over_ipv6(VDT_IP_FRAGMENT, fragment_header(VDT_IP_UDP, 0, kDns)).core;
  EXPECT_EQ(whole.fragment, VDT_FRAGMENT_NONE);
  EXPECT_EQ(whole.key.dst_port, 53);
}

TEST(Ipv6, TakesAJumbogramsLengthFromTheFrame) {
  EXPECT_EQ(over_ipv6(VDT_IP_TCP, tcp(1, 2, VDT_TCP_ACK, {}, zeros(2000)), 0).core.payload_length, 2000U);
}

TEST(Ah, IsPassedAndItsSpiTold) {
  const vdt_packet_core core = over_ipv4(VDT_IP_AH, ah(VDT_IP_UDP, 0x11223344, kDns)).core;
  EXPECT_EQ(core.spi, 0x11223344U);
  EXPECT_EQ(core.key.dst_port, 53);
}

TEST(Esp, TellsItsSpi) {
  const vdt_packet_core core = over_ipv4(VDT_IP_ESP, be32(0xcafe) + zeros(20)).core;
  EXPECT_TRUE(core.facts & VDT_FACT_SPI);
  EXPECT_EQ(core.spi, 0xcafeU);
}

TEST(Tcp, TellsNumbersAndEveryFlag) {
  const vdt_packet_core core = over_ipv4(VDT_IP_TCP, tcp(1000, 443, 0xff, {}, zeros(7))).core;
  EXPECT_EQ(core.tcp_flags, 0xff);
  EXPECT_EQ(core.tcp_seq, 100U);
  EXPECT_EQ(core.tcp_ack, 200U);
  EXPECT_EQ(core.tcp_window, 500);
  EXPECT_EQ(core.payload_length, 7U);
}

TEST(Tcp, ReadsASynsOptions) {
  const Bytes options = Bytes{2, 4, 5, 180} + Bytes{4, 2, 8, 10} + be32(77) + be32(0) + Bytes{1, 3, 3, 7};
  const vdt_packet packet = over_ipv4(VDT_IP_TCP, tcp(1, 2, VDT_TCP_SYN, options));
  EXPECT_TRUE(packet.core.facts & VDT_FACT_TCP_OPTIONS);
  EXPECT_EQ(packet.tcp_options.mss, 1460);
  EXPECT_EQ(packet.tcp_options.timestamp, 77U);
  EXPECT_EQ(packet.tcp_options.window_scale, 7);
  EXPECT_EQ(packet.tcp_options.seen, 0xf);
}

TEST(Tcp, NamesAnOptionBeyondTheHeader) {
  EXPECT_EQ(over_ipv4(VDT_IP_TCP, tcp(1, 2, VDT_TCP_SYN, Bytes{2, 40, 0, 0})).core.malformed,
            VDT_MALFORMED_TCP_OPTIONS);
}

TEST(Udp, NamesALengthThatLies) {
  EXPECT_EQ(over_ipv4(VDT_IP_UDP, udp(1, 2, zeros(4), 400)).core.malformed, VDT_MALFORMED_UDP_LENGTH);
  EXPECT_EQ(over_ipv4(VDT_IP_UDP, udp(1, 2, zeros(4), 7)).core.malformed, VDT_MALFORMED_UDP_LENGTH);
  EXPECT_EQ(over_ipv4(VDT_IP_UDPLITE, udp(1, 2, zeros(4), 3)).core.malformed, VDT_MALFORMED_NONE);
}

TEST(Udp, AFirstFragmentHoldsOnlyPartOfItsLength) {
  const vdt_packet_core core = over_ipv4(VDT_IP_UDP, udp(1, 2, zeros(4), 400), {.fragment = 0x2000}).core;
  EXPECT_EQ(core.malformed, VDT_MALFORMED_NONE);
  EXPECT_EQ(core.payload_length, 4U);
}

TEST(SctpAndDccp, BeginWithPorts) {
  for (const std::uint8_t protocol : {VDT_IP_SCTP, VDT_IP_DCCP}) {
    const vdt_packet_core core = over_ipv4(protocol, be16(5000) + be16(5001) + zeros(12)).core;
    EXPECT_EQ(core.key.src_port, 5000);
    EXPECT_EQ(core.key.dst_port, 5001);
  }
}

TEST(Icmp, TellsTheQuotedPacketOfEitherVersion) {
  const vdt_packet v4 = over_ipv4(VDT_IP_ICMP, icmp(3, 3, ipv4(VDT_IP_UDP, kDns, {.last_source = 77})));
  EXPECT_EQ(v4.core.icmp_code, 3);
  EXPECT_EQ(address_text(v4.quoted.src, 4), "192.0.2.77");
  EXPECT_EQ(v4.quoted.dst_port, 53);
  const vdt_packet v6 = over_ipv6(VDT_IP_ICMPV6, icmp(1, 4, ipv6(VDT_IP_TCP, tcp(9, 80, VDT_TCP_SYN))));
  EXPECT_EQ(v6.quoted.ip_version, 6);
  EXPECT_EQ(v6.quoted.src_port, 9);
  EXPECT_FALSE(over_ipv4(VDT_IP_ICMP, icmp(8, 0, zeros(40))).core.facts & VDT_FACT_QUOTED);
}

}  // namespace
}  // namespace vedette::tests
