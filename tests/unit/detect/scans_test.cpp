#include "detect/scans.h"

#include <array>

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kScanner = 0xc0000201;
constexpr std::uint32_t kVictim = 0xc6336402;
constexpr std::uint8_t kSyn = VDT_TCP_SYN;
constexpr std::uint8_t kAck = VDT_TCP_ACK;
constexpr std::uint8_t kRst = VDT_TCP_RST;
constexpr std::uint8_t kFin = VDT_TCP_FIN;
// Of Linux's connect(): MSS, SACK permitted, timestamps, window scale.
const Bytes kConnects{2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7};

class ScansTest : public WatchedTraffic {
 protected:
  void ask(Ends4 ends, std::uint16_t port, std::uint8_t flags, Nanoseconds time, const Bytes& options = {}) {
    send(ends, VDT_IP_TCP, tcp(50000, port, flags, options), time);
  }
  void answer(Ends4 ends, std::uint16_t port, std::uint8_t flags, Nanoseconds time) {
    send({ends.dst, ends.src}, VDT_IP_TCP, tcp(port, 50000, flags), time);
  }
  void refused(Ends4 ends, std::uint16_t port, Nanoseconds time, std::uint8_t flags = kSyn) {
    ask(ends, port, flags, time);
    answer(ends, port, kRst | kAck, time + 1ms);
  }
  void connected(Ends4 ends, std::uint16_t port, Nanoseconds time) {
    ask(ends, port, kSyn, time, kConnects);
    answer(ends, port, kSyn | kAck, time + 1ms);
    ask(ends, port, kAck, time + 2ms);
    send(ends, VDT_IP_TCP, tcp(50000, port, kAck | VDT_TCP_PSH, {}, zeros(200)), time + 3ms);
  }
  void echo(Ends4 ends, Nanoseconds time, bool answered) {
    send(ends, VDT_IP_ICMP, icmp(8, 0, text("ping")), time);
    if (answered) send({ends.dst, ends.src}, VDT_IP_ICMP, icmp(0, 0, text("ping")), time + 1ms);
  }
  void datagram(Ends4 ends, std::uint16_t port, Nanoseconds time) {
    send(ends, VDT_IP_UDP, udp(50000, port, text("?")), time);
  }
  // ICMP's port unreachable (RFC 792) of that datagram.
  void unreachable(Ends4 ends, std::uint16_t port, Nanoseconds time) {
    Bytes quoted = ipv4(VDT_IP_UDP, udp(50000, port, text("?")));
    const Bytes addresses = be32(ends.src) + be32(ends.dst);
    std::ranges::copy(addresses, quoted.begin() + 12);
    send({ends.dst, ends.src}, VDT_IP_ICMP, icmp(3, 3, quoted), time);
  }
  void arp(std::uint32_t from, std::uint32_t to, Nanoseconds time) {
    Bytes frame = ethernet(VDT_ETHER_ARP, be16(1) + be16(0x0800) + Bytes{6, 4} + be16(1) + zeros(6) +
                                              be32(from) + zeros(6) + be32(to));
    std::fill_n(frame.begin(), 6, 0xff);
    add(frame, time);
  }
  std::vector<Finding> ended() {
    finish();
    std::erase_if(over_, [](const Finding& finding) {
      return finding.kind != FindingKind::kPortScan && finding.kind != FindingKind::kHostScan;
    });
    return over_;
  }
};

TEST_F(ScansTest, FourClosedPortsAreNoScan) {
  for (std::uint16_t port = 1; port <= 4; port++) refused({kScanner, kVictim}, port, port * 1s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(ScansTest, FiveClosedPortsAreALittleOne) {
  for (std::uint16_t port = 1; port <= 5; port++) refused({kScanner, kVictim}, port, port * 1s);
  ASSERT_EQ(raised_.size(), 1U);
  EXPECT_EQ(raised_[0].detected, 5s + 1ms);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, FindingKind::kPortScan);
  EXPECT_EQ(found[0].severity, Severity::kLow);
  EXPECT_EQ(found[0].detector, "syn_scan");
  EXPECT_EQ(prefix_text(found[0].source.value()), "192.0.2.1");
  EXPECT_EQ(prefix_text(found[0].target.value()), "198.51.100.2");
  EXPECT_EQ(found[0].first, 1s);
  EXPECT_NEAR(found[0].score, 1024, 1e-6);
  EXPECT_EQ(found[0].threshold, 99);
}

TEST_F(ScansTest, TheSamePortAgainIsNoOther) {
  for (int i = 0; i < 20; i++)
    send({kScanner, kVictim}, VDT_IP_TCP, tcp(static_cast<std::uint16_t>(50000 + i), 22, kSyn), i * 2s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(ScansTest, AThousandPortsAreAGraveOne) {
  for (std::uint16_t port = 1; port <= 1000; port++) refused({kScanner, kVictim}, port, port * 1ms);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kHigh);
  EXPECT_NEAR(static_cast<double>(found[0].packets), 1000, 130);
}

TEST_F(ScansTest, SilentPortsOfADeadHostWantMoreOfThem) {
  for (std::uint16_t port = 1; port <= 14; port++) ask({kScanner, kVictim}, port, kSyn, port * 2s);
  ask({kScanner, 0xc6336403}, 80, kSyn, 60s);
  EXPECT_TRUE(raised_.empty());
  ask({kScanner, kVictim}, 15, kSyn, 61s);
  ask({kScanner, 0xc6336403}, 80, kSyn, 63s);
  EXPECT_EQ(raised_.size(), 1U);
}

TEST_F(ScansTest, NamesStealthyProbesWhoeverAnswers) {
  for (std::uint16_t port = 1; port <= 5; port++) ask({kScanner, kVictim}, port, 0, port * 1s);
  for (std::uint16_t port = 1; port <= 15; port++) ask({kScanner, kVictim + 1}, port, kFin, port * 1s);
  for (std::uint16_t port = 1; port <= 15; port++) refused({kScanner, kVictim + 2}, port, port * 1s, 0x29);
  const auto found = ended();
  ASSERT_EQ(found.size(), 2U);  // the first host gave no sign of life
  EXPECT_EQ(found[0].detector, "fin_scan");
  EXPECT_EQ(found[1].detector, "xmas_scan");
}

TEST_F(ScansTest, NamesMaimonAndAckScansByTheirRefusals) {
  for (std::uint16_t port = 1; port <= 5; port++) refused({kScanner, kVictim}, port, port * 1s, kFin | kAck);
  for (std::uint16_t port = 1; port <= 5; port++) refused({kScanner, kVictim + 1}, port, port * 1s, kAck);
  const auto found = ended();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].detector, "maimon_scan");
  EXPECT_EQ(found[1].detector, "ack_scan");
}

TEST_F(ScansTest, AServerWhoseClientRebootedScansNobody) {
  for (std::uint16_t port = 60000; port < 60020; port++) {
    send({kScanner, kVictim}, VDT_IP_TCP, tcp(443, port, kAck), (port - 60000) * 1s);
    send({kVictim, kScanner}, VDT_IP_TCP, tcp(port, 443, kRst), (port - 60000) * 1s + 1ms);
  }
  EXPECT_TRUE(ended().empty());
}

TEST_F(ScansTest, HalfOpenConnectionsToOpenPortsAreASynScan) {
  for (std::uint16_t port = 1; port <= 5; port++) {
    ask({kScanner, kVictim}, port, kSyn, port * 1s, kConnects);
    answer({kScanner, kVictim}, port, kSyn | kAck, port * 1s + 1ms);
    ask({kScanner, kVictim}, port, kRst, port * 1s + 2ms);
  }
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].detector, "syn_scan");
}

TEST_F(ScansTest, WhoAnswersAScanIsNotItsSource) {
  for (std::uint16_t port = 1; port <= 100; port++) answer({kScanner, kVictim}, port, kRst | kAck, port * 1s);
  for (std::uint16_t i = 0; i < 100; i++)
    send({kVictim, kScanner + i}, VDT_IP_TCP, tcp(80, 1024, kSyn | kAck), i * 1s + 200s);
  for (std::uint32_t i = 0; i < 100; i++)
    send({kVictim, kScanner + i}, VDT_IP_ICMP, icmp(0, 0, text("pong")), i * 1s + 400s);
  for (std::uint16_t i = 1; i < 100; i++) unreachable({kScanner, kVictim}, i, i * 1s + 600s);
  EXPECT_TRUE(ended().empty());
}

TEST_F(ScansTest, RefusedDatagramsAreAUdpScan) {
  for (std::uint16_t port = 1; port <= 5; port++) {
    datagram({kScanner, kVictim}, port, port * 10ms);
    unreachable({kScanner, kVictim}, port, port * 10ms + 1ms);
  }
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, FindingKind::kPortScan);
  EXPECT_EQ(found[0].detector, "udp_scan");
}

TEST_F(ScansTest, SilentDatagramsWantManyMore) {
  for (std::uint16_t port = 1; port <= 40; port++) datagram({kScanner, kVictim}, port, port * 100ms);
  for (std::uint16_t port = 1; port <= 100; port++)
    datagram({kScanner, kVictim + 1}, port, port * 100ms + 10s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(prefix_text(found[0].target.value()), "198.51.100.3");
}

TEST_F(ScansTest, TracerouteIsNone) {
  for (std::uint16_t port = 33434; port < 33524; port++) datagram({kScanner, kVictim}, port, port * 100ms);
  EXPECT_TRUE(ended().empty());
}

TEST_F(ScansTest, OnePortOfManyHostsIsAHostScan) {
  for (std::uint32_t i = 0; i < 25; i++) refused({kScanner, kVictim + i}, 22, i * 1s);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, FindingKind::kHostScan);
  EXPECT_EQ(found[0].severity, Severity::kMedium);
  EXPECT_EQ(found[0].port, 22);
  EXPECT_FALSE(found[0].target);
}

TEST_F(ScansTest, ManyPortsOfManyHostsAreTheSourcesOwn) {
  for (const std::uint16_t port : std::to_array<std::uint16_t>({22, 23, 80}))
    for (std::uint32_t i = 0; i < 30; i++) refused({kScanner, kVictim + i}, port, i * 1s + port * 1ms);
  const auto found = ended();
  EXPECT_EQ(found.size(), 4U);
  EXPECT_EQ(raised_by("host_scan"), 1U);
}

// A gateway, a crawler: one of five hosts is gone, over thousands of them.
TEST_F(ScansTest, ABusyClientMostOfWhoseHostsAnswerIsNone) {
  for (std::uint32_t i = 0; i < 5000; i++) {
    const Ends4 ends{kScanner, kVictim + i};
    if (i % 5 == 4)
      refused(ends, 443, i * 10ms);
    else
      connected(ends, 443, i * 10ms);
  }
  EXPECT_TRUE(ended().empty());
}

TEST_F(ScansTest, AClientOfPeersOnPortsOfTheirOwnIsNone) {
  for (std::uint32_t i = 0; i < 1000; i++) {
    const auto port = static_cast<std::uint16_t>(20000 + i * 7);
    if (i % 2)
      refused({kScanner, kVictim + i}, port, i * 10ms);
    else
      connected({kScanner, kVictim + i}, port, i * 10ms);
  }
  EXPECT_TRUE(ended().empty());
}

// A capture of one direction: who goes on behind his SYN was answered.
TEST_F(ScansTest, ClientsWhoseAnswersArentSeenAreNone) {
  for (std::uint32_t i = 0; i < 100; i++) {
    ask({kScanner, kVictim + i}, 443, kSyn, i * 1s, kConnects);
    ask({kScanner, kVictim + i}, 443, kAck, i * 1s + 20ms);
  }
  EXPECT_TRUE(ended().empty());
}

TEST_F(ScansTest, EchoesThatHalfTheHostsAnswerAreASweep) {
  for (std::uint32_t i = 0; i < 20; i++) echo({kScanner, kVictim + i}, i * 1s, i % 2);
  echo({kScanner, kVictim}, 60s, true);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, FindingKind::kHostScan);
  EXPECT_EQ(found[0].detector, "icmp_sweep");
}

TEST_F(ScansTest, AMonitorOfHostsThatAreThereIsNone) {
  for (std::uint32_t i = 0; i < 400; i++) echo({kScanner, kVictim + i}, i * 1s, i % 40 != 0);
  EXPECT_TRUE(ended().empty());
}

TEST_F(ScansTest, AddressesAskedForInARowAreAnArpSweep) {
  for (std::uint32_t i = 0; i < 15; i++) arp(kScanner, 0xc0000210 + i, i * 10ms);
  EXPECT_TRUE(raised_.empty());
  arp(kScanner, 0xc000021f, 1s);
  ASSERT_EQ(raised_.size(), 1U);
  EXPECT_EQ(raised_[0].kind, FindingKind::kHostScan);
  EXPECT_EQ(raised_[0].detector, "arp_sweep");
}

TEST_F(ScansTest, ARouterThatAsksForItsHostsIsNone) {
  for (std::uint32_t i = 0; i < 1000; i++) arp(kScanner, 0xc0000200 + i * 37 % 200, i * 100ms);
  EXPECT_TRUE(ended().empty());
}

// Five minutes between two ports, and between them more forged sources than any table holds.
TEST_F(ScansTest, FindsASlowScanThatHasBegunBeforeAFloodOfForgedSources) {
  refused({kScanner, kVictim}, 1, 1s);
  std::uint32_t forged = 0x0a000000;
  for (std::uint16_t port = 2; port <= 5; port++) {
    const Nanoseconds time = (port - 2) * 300s + 2s;
    refused({kScanner, kVictim}, port, time);
    for (std::size_t i = 0; i < PortScan::kMost + 100; i++)
      ask({forged++, kVictim}, 80, kSyn, time + 1s + i * 1us);
    ask({forged++, kVictim}, 80, kSyn, time + 3s);
  }
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(prefix_text(found[0].source.value()), "192.0.2.1");
}

TEST_F(ScansTest, HoldsNoMoreThanItSaysUnderForgedSources) {
  Scans scans([](const Finding&) {});
  FlowTable table({}, [&scans](const FlowView& flow) { scans.end(flow); });
  std::size_t most = 0;
  for (std::uint32_t i = 0; i < 600'000; i++) {
    // Each comes twice: nothing of it stays on probation.
    Bytes frame =
        ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, tcp(50000, static_cast<std::uint16_t>(i % 2 + 80), kSyn)));
    const Bytes addresses = be32(0x0a000000 + i / 2) + be32(kVictim + i % 2);
    std::ranges::copy(addresses, frame.begin() + 26);
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    const Packet packet{
        .time = i * 2us, .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = {}};
    const FlowTable::Place place = table.add_packet(packet);
    scans.take(FlowStep{.flow = *place.flow,
                        .side = place.side,
                        .begins = place.created,
                        .packets = 1,
                        .bytes = facts.core.length,
                        .last = packet.time,
                        .tcp_flags = facts.core.tcp_flags,
                        .max_length = facts.core.length,
                        .packet = &facts});
    if (i % 1000 == 0) {
      scans.tick(packet.time);
      most = std::max(most, scans.memory());
    }
  }
  EXPECT_GT(most, std::size_t{4} * 1024 * 1024);  // its tables are full
  EXPECT_LT(most, Scans::kMostMemory);
}

TEST(HyperLogLogTest, EstimatesWithinThreeStandardErrors) {
  for (std::uint64_t different : {10U, 100U, 1000U, 100'000U}) {
    HyperLogLog sketch;
    for (std::uint64_t i = 0; i < 3 * different; i++) sketch.add(mixed(i % different, 0));
    EXPECT_NEAR(static_cast<double>(sketch.estimate()), static_cast<double>(different),
                3 * HyperLogLog::kStandardError * static_cast<double>(different));
  }
}

}  // namespace
}  // namespace vedette::tests
