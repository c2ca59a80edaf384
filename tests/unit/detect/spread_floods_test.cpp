// Floods that no address gets, or none that its packets name: spread over a network, or within tunnels.
#include "tests/unit/detect/flood_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

class SpreadFloods : public FloodsTest {};

// Carpet bombing: no address gets what a flood has, their network does.
TEST_F(SpreadFloods, AFloodSpreadOverANetworkIsTheNetworks) {
  for (std::uint32_t i = 0; i < 20'000; i++)
    send({other(i), (kVictim & ~0xffU) + i % 256}, VDT_IP_UDP, udp(port(i), port(i * 40'503), zeros(900)),
         at(i, 10'000));
  finish();
  const Finding* flood = found("udp_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(over_.size(), 1U);
  EXPECT_EQ(prefix_text(*flood->target), "198.51.100.0/24");
  EXPECT_FALSE(flood->source);
  EXPECT_FALSE(flood->port);
  EXPECT_EQ(flood->severity, Severity::kHigh);
  EXPECT_LE(flood->detected - flood->first, 1s);
  EXPECT_EQ(flood->threshold, 4000);
  const std::size_t addresses = flood->why.find(" of its addresses");
  ASSERT_NE(addresses, std::string::npos) << flood->why;
  EXPECT_NEAR(std::stoi(flood->why.substr(addresses - 3)), 256, 3 * 256 * HyperLogLog::kStandardError);
}

TEST_F(SpreadFloods, AFloodSpreadOverASiteIsTheSites) {
  for (std::uint32_t i = 0; i < 60'000; i++)
    syn(other(i), port(i), 443, at(i, 30'000), (kVictim & ~0xffffU) + i * 40'503 % 65'536);
  finish();
  const Finding* flood = found("syn_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(prefix_text(*flood->target), "198.51.0.0/16");
  EXPECT_EQ(flood->port, 443);
  EXPECT_EQ(flood->threshold, 16 * 512);
}

TEST_F(SpreadFloods, AFloodSpreadOverALinksIpv6AddressesIsTheLinks) {
  for (std::uint32_t i = 0; i < 12'000; i++) {
    Bytes frame = ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_TCP, tcp(port(i), 80, kSyn)));
    std::ranges::copy(be32(other(i)), frame.begin() + 34);
    std::ranges::copy(be32(i * 2654435761U), frame.begin() + 50);
    add(frame, at(i, 6000));
  }
  finish();
  const Finding* flood = found("syn_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(prefix_text(*flood->target), "2001:db8::/64");
}

TEST_F(SpreadFloods, OfAFloodAtOneHostItsNetworkHasNone) {
  for (std::uint32_t i = 0; i < 30'000; i++) {
    syn(other(i), port(i), 80, at(i, 10'000));
    if (i % 10 == 0) syn(other(i), port(i), 80, at(i, 10'000), (kVictim & ~0xffU) + i / 10 % 256);
  }
  finish();
  EXPECT_EQ(raised_by("syn_flood"), 1U);
  EXPECT_EQ(prefix_text(*found("syn_flood")->target), "198.51.100.2");
}

// As masscan and ZMap do it.
TEST_F(SpreadFloods, AScanOfANetworkIsNone) {
  for (std::uint32_t i = 0; i < 40'000; i++)
    syn(other(0), 40'000, static_cast<std::uint16_t>(1 + i / 256), at(i, 20'000),
        (kVictim & ~0xffU) + i % 256);
  finish();
  EXPECT_EQ(found("syn_flood"), nullptr);
}

TEST_F(SpreadFloods, FewBusyHostsOfANetworkAreNone) {
  for (std::uint32_t i = 0; i < 20'000; i++)
    send({other(i % 500), kVictim + i % 8}, VDT_IP_UDP, udp(port(i), 514, zeros(200)), at(i, 6400));
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(SpreadFloods, AnsweredClientsOfANetworkAreNone) {
  for (std::uint32_t i = 0; i < 60'000; i++) {
    const std::uint32_t server = (kVictim & ~0xffU) + i % 200;
    send({other(i), server}, VDT_IP_UDP, udp(port(i), 4242, zeros(40)), at(i, 30'000));
    send({server, other(i)}, VDT_IP_UDP, udp(4242, port(i), zeros(90)), at(i, 30'000) + 100us);
  }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

Bytes in_gre(Ends4 ends, const Bytes& transport) {
  Bytes inside = ipv4(VDT_IP_UDP, transport);
  std::ranges::copy(be32(ends.src) + be32(ends.dst), inside.begin() + 12);
  return gre(0, VDT_ETHER_IPV4, {}, inside);
}

// Mirai's floods of GRE: who is asked within is chosen at random.
TEST_F(SpreadFloods, TunnelsOfForgedContentAreAFloodAtTheirEnd) {
  for (std::uint32_t i = 0; i < 6000; i++)
    send({other(i), kVictim}, VDT_IP_GRE,
         in_gre({other(i + 7), other(i + 9)}, udp(port(i), port(i * 40'503), zeros(512))), at(i, 3000));
  finish();
  const Finding* flood = found("tunnel_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(over_.size(), 1U);
  EXPECT_EQ(flood->kind, FindingKind::kVolumetric);
  EXPECT_EQ(flood->severity, Severity::kHigh);
  EXPECT_EQ(prefix_text(*flood->target), "198.51.100.2");
}

TEST_F(SpreadFloods, ATunnelOfManyAnsweredFlowsIsNone) {
  for (std::uint32_t i = 0; i < 20'000; i++) {
    const Ends4 asks{other(i), other(i % 50 + 9)}, answers{asks.dst, asks.src};
    send({other(1), kVictim}, VDT_IP_GRE, in_gre(asks, udp(port(i), 4242, zeros(40))), at(i, 5000));
    send({kVictim, other(1)}, VDT_IP_GRE, in_gre(answers, udp(4242, port(i), zeros(90))),
         at(i, 5000) + 100us);
  }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

// As an ERSPAN session carries it: both directions of what others say.
TEST_F(SpreadFloods, AMirrorOfOthersTrafficIsNone) {
  for (std::uint32_t i = 0; i < 20'000; i++) {
    const Ends4 asks{other(i), other(i % 50 + 9)}, answers{asks.dst, asks.src};
    send({other(1), kVictim}, VDT_IP_GRE, in_gre(asks, udp(port(i), 4242, zeros(40))), at(i, 5000));
    send({other(1), kVictim}, VDT_IP_GRE, in_gre(answers, udp(4242, port(i), zeros(90))),
         at(i, 5000) + 100us);
  }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

}  // namespace
}  // namespace vedette::tests
