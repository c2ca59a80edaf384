// Packets that lie about who sent them, by their addresses, fragments, options, ICMP, ARP, ND and DHCP.
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kHost = 0xc0000201;    // 192.0.2.1
constexpr std::uint32_t kVictim = 0xc6336402;  // 198.51.100.2
constexpr std::uint32_t kGroup = 0xe0000001;   // 224.0.0.1

Bytes v6(std::uint16_t last) {
  return Bytes{0xfe, 0x80} + zeros(12) + be16(last);
}
Bytes all_nodes() {
  return Bytes{0xff, 0x02} + zeros(13) + Bytes{1};
}
Bytes mac(std::uint8_t last) {
  return Bytes{2, 0, 0, 0, 0, last};
}

class SpoofingTest : public WatchedTraffic {
 protected:
  void send6(const Bytes& from, const Bytes& to, std::uint8_t next, const Bytes& inside, Nanoseconds time,
             std::uint8_t from_mac = 1) {
    Bytes frame = mac(2) + mac(from_mac) + be16(VDT_ETHER_IPV6) + Bytes{0x60, 0, 0, 0} + be16(inside.size()) +
                  Bytes{next, 255} + from + to + inside;
    add(frame, time);
  }
  void fragment(std::uint8_t protocol, std::uint16_t id, std::size_t offset, bool more, std::size_t length,
                Nanoseconds time) {
    Bytes frame = ethernet(VDT_ETHER_IPV4,
                           ipv4(protocol, zeros(length),
                                {.fragment = static_cast<std::uint16_t>((more ? 0x2000 : 0) | offset / 8)}));
    std::ranges::copy(be16(id), frame.begin() + 18);
    add(frame, time);
  }
  void arp(std::uint32_t address, std::uint8_t owner, Nanoseconds time) {
    add(Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} + mac(owner) + be16(VDT_ETHER_ARP) + be16(1) +
            be16(0x0800) + Bytes{6, 4} + be16(2) + mac(owner) + be32(address) + mac(9) + be32(kHost),
        time);
  }
  void advertise(std::uint16_t address, std::uint8_t owner, Nanoseconds time) {
    send6(v6(address), all_nodes(), VDT_IP_ICMPV6,
          Bytes{136, 0, 0, 0, 0x20, 0, 0, 0} + v6(address) + Bytes{2, 1} + mac(owner), time, owner);
  }
  void router(std::uint16_t address, std::uint16_t lifetime, std::uint8_t owner, Nanoseconds time) {
    send6(v6(address), all_nodes(), VDT_IP_ICMPV6, Bytes{134, 0, 0, 0, 64, 0} + be16(lifetime) + zeros(8),
          time, owner);
  }
  const Finding* found(std::string_view detector) {
    if (!finished_) finish();
    finished_ = true;
    const auto finding = std::ranges::find(over_, detector, &Finding::detector);
    return finding == over_.end() ? nullptr : &*finding;
  }

 private:
  bool finished_ = false;
};

TEST_F(SpoofingTest, SourcesThatNoHostCanHaveAreMartians) {
  send({kGroup, kVictim}, VDT_IP_UDP, udp(1, 2, zeros(4)), 1s);
  send({0x7f000001, kVictim + 1}, VDT_IP_UDP, udp(1, 2, zeros(4)), 1s);
  send({0xf1020304, kVictim + 2}, VDT_IP_UDP, udp(1, 2, zeros(4)), 1s);
  send({0x00010203, kVictim + 3}, VDT_IP_UDP, udp(1, 2, zeros(4)), 1s);
  finish();
  EXPECT_EQ(raised_by("martian_source"), 4U);
  for (const Finding& finding : over_) EXPECT_LE(finding.severity, Severity::kLow);
}

TEST_F(SpoofingTest, SourcesThatHostsHaveAreNone) {
  send({0, 0xffffffff}, VDT_IP_UDP, udp(68, 67, zeros(240)), 1s);  // has none yet
  send({kHost, kGroup}, VDT_IP_UDP, udp(1, 2, zeros(4)), 1s);
  send({0x7f000001, 0x7f000002}, VDT_IP_TCP, tcp(5, 5, 2), 1s);
  send({0x0a000001, kVictim}, VDT_IP_UDP, udp(1, 2, zeros(4)), 1s);
  send({kHost, kVictim}, VDT_IP_TCP, tcp(139, 139, 2), 1s);
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(SpoofingTest, ItsOwnAddressAndPortIsLand) {
  send({kVictim, kVictim}, VDT_IP_TCP, tcp(139, 139, 2), 1s);
  ASSERT_NE(found("land"), nullptr);
  EXPECT_EQ(found("land")->port, 139);
  EXPECT_EQ(found("land")->severity, Severity::kMedium);
}

TEST_F(SpoofingTest, ItsOwnAddressAndAnotherPortIsAHostThatTalksToItself) {
  send({kVictim, kVictim}, VDT_IP_TCP, tcp(40'000, 139, 2), 1s);
  EXPECT_EQ(found("land"), nullptr);
}

TEST_F(SpoofingTest, EchoesToAllAreSmurfWhenThereAreMany) {
  for (int i = 0; i < 99; i++) send({kHost, 0xffffffff}, VDT_IP_ICMP, icmp(8, 0, zeros(8)), 1s + i * 1ms);
  for (int i = 0; i < 100; i++) send({kVictim, 0xffffffff}, VDT_IP_ICMP, icmp(8, 0, zeros(8)), 2s + i * 1ms);
  finish();
  ASSERT_EQ(raised_by("smurf"), 2U);
  for (const Finding& finding : over_)
    EXPECT_EQ(finding.severity,
              finding.source == host({.words = {0x026433c6}}, 4) ? Severity::kMedium : Severity::kInfo);
}

TEST_F(SpoofingTest, EchoesOfAGroupToAllAreRsmurf) {
  for (int i = 0; i < 200; i++)
    send6(all_nodes(), all_nodes(), VDT_IP_ICMPV6, icmp(128, 0, zeros(8)), 1s + i * 1ms);
  ASSERT_NE(found("rsmurf"), nullptr);
  EXPECT_EQ(found("rsmurf")->severity, Severity::kHigh);
  EXPECT_EQ(found("rsmurf")->packets, 200U);
}

TEST_F(SpoofingTest, SmallServicesAskedOfAllAreFraggle) {
  send({kHost, 0xffffffff}, VDT_IP_UDP, udp(19, 7, zeros(8)), 1s);
  send({kHost, kVictim}, VDT_IP_UDP, udp(1000, 7, zeros(8)), 1s);
  finish();
  EXPECT_EQ(raised_by("fraggle"), 1U);
}

TEST_F(SpoofingTest, UrgentDataToNetBiosIsWinNuke) {
  send({kHost, kVictim}, VDT_IP_TCP, tcp(1000, 139, 0x38, {}, text("bye")), 1s);
  send({kHost, kVictim}, VDT_IP_TCP, tcp(1000, 23, 0x38, {}, text("telnet")), 1s);
  finish();
  EXPECT_EQ(raised_by("winnuke"), 1U);
}

TEST_F(SpoofingTest, FragmentsOverlapOrDont) {
  fragment(VDT_IP_UDP, 1, 0, true, 1480, 1s);
  fragment(VDT_IP_UDP, 1, 1480, true, 1480, 1s);
  fragment(VDT_IP_UDP, 1, 1480, true, 1480, 1s);  // twice
  fragment(VDT_IP_UDP, 1, 2960, false, 40, 1s);
  fragment(VDT_IP_UDP, 2, 1400, false, 40, 1s);    // another datagram
  fragment(VDT_IP_UDP, 1, 1472, false, 40, 100s);  // its number used again
  EXPECT_EQ(found("overlapping_fragments"), nullptr);
}

TEST_F(SpoofingTest, TeardropOverlaps) {
  fragment(VDT_IP_UDP, 242, 0, true, 36, 1s);
  fragment(VDT_IP_UDP, 242, 24, false, 4, 1s);
  ASSERT_NE(found("overlapping_fragments"), nullptr);
  EXPECT_EQ(prefix_text(*found("overlapping_fragments")->target), "198.51.100.2");
}

TEST_F(SpoofingTest, APacketLongerThanIpAllowsIsAPingOfDeath) {
  fragment(VDT_IP_ICMP, 1, 64'000, true, 1480, 1s);  // ends at 65,500
  EXPECT_EQ(raised_by("ping_of_death"), 0U);
  fragment(VDT_IP_ICMP, 1, 65'120, false, 408, 1s);
  EXPECT_NE(found("ping_of_death"), nullptr);
}

TEST_F(SpoofingTest, FragmentsThatHideTcpsFlagsAreTiny) {
  fragment(VDT_IP_TCP, 1, 0, true, 16, 1s);
  fragment(VDT_IP_TCP, 1, 16, false, 100, 1s);
  EXPECT_EQ(raised_.size(), 0U);
  fragment(VDT_IP_TCP, 2, 0, true, 8, 1s);
  EXPECT_EQ(raised_.size(), 1U);
  EXPECT_NE(found("tiny_fragment"), nullptr);
}

TEST_F(SpoofingTest, ForgedSourcesOfOneTargetAreOneFinding) {
  for (std::uint16_t i = 0; i < 5000; i++) {
    Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, zeros(8), {.fragment = 0x2000}));
    std::ranges::copy(be32(0x0b000000U + i), frame.begin() + 26);
    add(frame, 1s + i * 1us);
  }
  finish();
  EXPECT_EQ(raised_by("tiny_fragment"), 17U);  // sixteen told apart, and the others
  std::uint64_t most = 0;
  for (const Finding& finding : over_)
    if (finding.detector == "tiny_fragment") most = std::max(most, finding.packets);
  EXPECT_EQ(most, 5000U - 16U);
}

TEST_F(SpoofingTest, SourceRoutesAreTold) {
  const auto with = [&](const Bytes& options) {
    add(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 2, zeros(4)), {.options = options})), 1s);
  };
  with(Bytes{7, 7, 4, 0, 0, 0, 0, 0});  // record route
  with(Bytes{1, 1, 1, 0});
  EXPECT_TRUE(raised_.empty());
  with(Bytes{1, 131, 7, 4, 1, 2, 3, 4});
  EXPECT_NE(found("source_route"), nullptr);
}

TEST_F(SpoofingTest, RoutingHeadersOfTypeZeroAreTold) {
  const Bytes inside = udp(1, 2, zeros(4));
  const auto routed = [&](std::uint8_t type) {
    return Bytes{VDT_IP_UDP, 2, type, 1, 0, 0, 0, 0} + v6(7) + inside;
  };
  add(ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_ROUTING, routed(4))), 1s);  // segment routing
  EXPECT_TRUE(raised_.empty());
  add(ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_ROUTING, routed(0))), 1s);
  EXPECT_NE(found("routing_header_0"), nullptr);
}

TEST_F(SpoofingTest, RedirectsAndMtusBelowTheLeastAreTold) {
  send({kHost, kVictim}, VDT_IP_ICMP, icmp(5, 1, zeros(28)), 1s);
  send6(v6(1), v6(2), VDT_IP_ICMPV6, Bytes{2, 0, 0, 0} + be32(1280) + zeros(48), 1s);
  EXPECT_EQ(raised_.size(), 1U);
  send6(v6(1), v6(2), VDT_IP_ICMPV6, Bytes{2, 0, 0, 0} + be32(1200) + zeros(48), 1s);
  EXPECT_NE(found("icmp_redirect"), nullptr);
  EXPECT_NE(found("atomic_fragments"), nullptr);
}

TEST_F(SpoofingTest, ARouterThatCeasesOnceIsNone) {
  router(1, 1800, 3, 1s);
  router(1, 1800, 3, 10s);
  router(1, 0, 3, 20s);
  router(2, 0, 4, 20s);  // never was a default router
  router(2, 0, 4, 30s);
  EXPECT_EQ(found("kill_router"), nullptr);
}

TEST_F(SpoofingTest, ARouterThatAnotherEndsIsKilled) {
  router(1, 1800, 3, 1s);
  router(1, 0, 4, 2s);
  ASSERT_NE(found("kill_router"), nullptr);
  EXPECT_EQ(found("kill_router")->severity, Severity::kMedium);
}

TEST_F(SpoofingTest, MoreRoutersThanALinkHasAreAFlood) {
  for (std::uint16_t i = 0; i < 15; i++)
    router(100 + i, 1800, static_cast<std::uint8_t>(100 + i), 1s + i * 1ms);
  EXPECT_TRUE(raised_.empty());
  router(200, 1800, 200, 2s);
  ASSERT_NE(found("router_flood"), nullptr);
  EXPECT_EQ(found("router_flood")->severity, Severity::kHigh);
}

TEST_F(SpoofingTest, AnAddressThatMovesIsLowAndAFightMedium) {
  arp(kVictim, 3, 1s);
  arp(kVictim, 3, 2s);
  EXPECT_TRUE(raised_.empty());
  arp(kVictim, 4, 3s);
  ASSERT_EQ(raised_.size(), 1U);
  EXPECT_EQ(raised_[0].severity, Severity::kLow);
  for (int i = 0; i < 3; i++) arp(kVictim, i % 2 == 0 ? 3 : 4, 4s + i * 1s);
  ASSERT_NE(found("arp_spoofing"), nullptr);
  EXPECT_EQ(found("arp_spoofing")->severity, Severity::kMedium);
  EXPECT_NE(found("arp_spoofing")->why.find("02:00:00:00:00:03"), std::string::npos);
}

TEST_F(SpoofingTest, AnAddressGivenToAnotherHostLaterIsNone) {
  arp(kVictim, 3, 1s);
  arp(kVictim, 4, 100s);
  EXPECT_EQ(found("arp_spoofing"), nullptr);
}

TEST_F(SpoofingTest, WhoFightsForSeveralAddressesStandsBetweenHosts) {
  for (std::uint32_t turn = 0; turn < 4; turn++)
    for (std::uint32_t i = 0; i < 3; i++)
      arp(kVictim + i, turn % 2 == 0 ? static_cast<std::uint8_t>(10 + i) : 99, 1s + turn * 2s);
  finish();
  ASSERT_EQ(raised_by("arp_spoofing"), 3U);
  EXPECT_EQ(std::ranges::max(over_, {}, &Finding::severity).severity, Severity::kHigh);
}

TEST_F(SpoofingTest, AStandbyThatTakesOverIsLow) {
  for (std::uint32_t i = 0; i < 10; i++) arp(kVictim + i, 10, 1s);
  for (std::uint32_t i = 0; i < 10; i++) arp(kVictim + i, 99, 2s);
  finish();
  ASSERT_EQ(raised_by("arp_spoofing"), 10U);
  EXPECT_EQ(std::ranges::max(over_, {}, &Finding::severity).severity, Severity::kLow);
}

TEST_F(SpoofingTest, ProxyArpAnswersForManyFromTheFirst) {
  for (std::uint32_t i = 0; i < 50; i++) arp(kVictim + i, 99, 1s);
  EXPECT_EQ(found("arp_spoofing"), nullptr);
}

TEST_F(SpoofingTest, AnycastAddressesHaveManyOwners) {
  for (int i = 0; i < 6; i++) {
    const std::uint8_t owner = i % 2 == 0 ? 4 : 3;
    send6(v6(owner), all_nodes(), VDT_IP_ICMPV6,
          Bytes{136, 0, 0, 0, 0, 0, 0, 0} + v6(7) + Bytes{2, 1} + mac(owner), 1s + i * 1s, owner);
  }
  EXPECT_EQ(found("nd_spoofing"), nullptr);
}

TEST_F(SpoofingTest, NeighboursFightForIpv6AddressesToo) {
  advertise(1, 3, 1s);
  advertise(2, 5, 1s);
  for (int i = 0; i < 4; i++) advertise(1, i % 2 == 0 ? 4 : 3, 2s + i * 1s);
  finish();
  EXPECT_EQ(raised_by("nd_spoofing"), 1U);
  EXPECT_EQ(found("nd_spoofing")->severity, Severity::kMedium);
}

Bytes dhcp(std::uint8_t operation, std::uint32_t client, const Bytes& options) {
  return Bytes{operation, 1, 6, 0} + zeros(24) + Bytes{2, 0} + be32(client) + zeros(202) + be32(0x63825363) +
         options + Bytes{255};
}

TEST_F(SpoofingTest, RequestsForEverNewHardwareStarveTheServer) {
  const auto ask = [&](std::uint32_t client, Nanoseconds time) {
    send({0, 0xffffffff}, VDT_IP_UDP, udp(68, 67, dhcp(1, client * 2654435761U, {53, 1, 1})), time);
  };
  for (std::uint32_t i = 0; i < 150; i++) ask(i, 1s + i * 50ms);
  EXPECT_TRUE(raised_.empty());
  for (std::uint32_t i = 0; i < 5000; i++) ask(i, 200s + i * 5ms);
  ASSERT_NE(found("dhcp_starvation"), nullptr);
  EXPECT_EQ(found("dhcp_starvation")->severity, Severity::kHigh);
}

TEST_F(SpoofingTest, ASecondServerIsTold) {
  const auto offer = [&](std::uint32_t server, Nanoseconds time) {
    send({server, 0xffffffff}, VDT_IP_UDP, udp(67, 68, dhcp(2, 1, Bytes{53, 1, 2, 54, 4} + be32(server))),
         time);
  };
  offer(kHost, 1s);
  offer(kHost, 2s);
  EXPECT_TRUE(raised_.empty());
  offer(kVictim, 3s);
  ASSERT_NE(found("second_dhcp_server"), nullptr);
  EXPECT_EQ(found("second_dhcp_server")->severity, Severity::kInfo);
}

}  // namespace
}  // namespace vedette::tests
