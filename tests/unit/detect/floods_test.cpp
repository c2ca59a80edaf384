#include "tests/unit/detect/flood_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

TEST_F(FloodsTest, ForgedSynsAreAFloodWithinASecond) {
  for (std::uint32_t i = 0; i < 6000; i++) syn(other(i), port(i), 80, at(i, 3000));
  finish();
  const Finding* flood = found("syn_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(over_.size(), 1U);
  EXPECT_EQ(flood->kind, FindingKind::kSynFlood);
  EXPECT_EQ(flood->severity, Severity::kHigh);
  EXPECT_FALSE(flood->source);
  EXPECT_EQ(prefix_text(*flood->target), "198.51.100.2");
  EXPECT_EQ(flood->port, 80);
  EXPECT_EQ(flood->first, 1000s);
  EXPECT_LE(flood->detected - flood->first, 1s);
  EXPECT_EQ(flood->packets, 6000U);
  EXPECT_NE(flood->why.find("forged"), std::string::npos) << flood->why;
}

TEST_F(FloodsTest, OverIpv6Too) {
  for (std::uint32_t i = 0; i < 6000; i++) {
    Bytes frame = ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_TCP, tcp(port(i), 80, kSyn)));
    std::ranges::copy(be32(other(i)), frame.begin() + 34);
    add(frame, at(i, 3000));
  }
  finish();
  const Finding* flood = found("syn_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(prefix_text(*flood->target), "2001:db8::2");
  EXPECT_EQ(flood->severity, Severity::kHigh);
}

TEST_F(FloodsTest, SynsOfOneSourceNameIt) {
  for (std::uint32_t i = 0; i < 3000; i++) syn(other(0), port(i), 443, at(i, 1500));
  finish();
  const Finding* flood = found("syn_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(prefix_text(*flood->source), "11.0.0.0");
  EXPECT_EQ(flood->port, 443);
  EXPECT_EQ(flood->severity, Severity::kMedium);
}

TEST_F(FloodsTest, FewerThanTheFloorAreNone) {
  for (std::uint32_t i = 0; i < 5000; i++) syn(other(i), port(i), 80, at(i, 450));
  finish();
  EXPECT_TRUE(over_.empty());
}

TEST_F(FloodsTest, ABurstInOneInstantIsOne) {
  for (std::uint32_t i = 0; i < 2200; i++) syn(other(i), port(i), 80, 1000s);
  finish();
  EXPECT_NE(found("syn_flood"), nullptr);
}

TEST_F(FloodsTest, ClientsThatCompleteTheirHandshakesAreNone) {
  for (std::uint32_t i = 0; i < 10'000; i++) {
    const std::uint16_t from = port(i);
    syn(other(i), from, 80, at(i, 5000));
    syn_ack(other(i), from, 80, at(i, 5000) + 1ms);
    // As far away as hosts are: others' packets come in between.
    if (i < 500) continue;
    const std::uint32_t earlier = i - 500;
    send({other(earlier), kVictim}, VDT_IP_TCP, tcp(port(earlier), 80, kAck), at(i, 5000) + 2ms);
  }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(FloodsTest, AnsweredButNotCompletedIsAFlood) {
  for (std::uint32_t i = 0; i < 6000; i++) {
    syn(other(i), port(i), 80, at(i, 3000));
    syn_ack(other(i), port(i), 80, at(i, 3000));
  }
  finish();
  EXPECT_NE(found("syn_flood"), nullptr);
}

TEST_F(FloodsTest, AScanOfPortsIsNone) {
  for (std::uint32_t i = 0; i < 20'000; i++) {
    syn(other(0), 40'000, static_cast<std::uint16_t>(1 + i), at(i, 10'000));
    send({kVictim, other(0)}, VDT_IP_TCP, tcp(static_cast<std::uint16_t>(1 + i), 40'000, kRst | kAck),
         at(i, 10'000));
  }
  finish();
  EXPECT_EQ(found("syn_flood"), nullptr);
}

// What LOIC and hping3 send, as few sources as they have.
TEST_F(FloodsTest, LongDatagramsAtPortsAtRandomAreAFloodAndNoScan) {
  for (std::uint32_t i = 0; i < 6000; i++)
    send({other(i % 4), kVictim}, VDT_IP_UDP, udp(port(i), port(i * 40'503), zeros(900)), at(i, 3000));
  finish();
  const Finding* flood = found("udp_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_FALSE(flood->port);
  EXPECT_NE(flood->why.find(" of 1), from some 4 sources"), std::string::npos) << flood->why;
  EXPECT_EQ(over_.size(), 1U) << over_[1].why;
}

TEST_F(FloodsTest, ShortDatagramsToEachPortOnceAreAScan) {
  for (std::uint32_t i = 0; i < 8000; i++)
    send({other(0), kVictim}, VDT_IP_UDP, udp(port(i), static_cast<std::uint16_t>(1 + i), zeros(20)),
         at(i, 4000));
  finish();
  EXPECT_EQ(found("udp_flood"), nullptr);
}

TEST_F(FloodsTest, ShortOnesThatComeAgainToTheSamePortsAreAFlood) {
  for (std::uint32_t i = 0; i < 8000; i++)
    send({other(0), kVictim}, VDT_IP_UDP, udp(port(i), static_cast<std::uint16_t>(1 + i % 1000), zeros(20)),
         at(i, 4000));
  finish();
  EXPECT_NE(found("udp_flood"), nullptr);
}

TEST_F(FloodsTest, MoreThanAnyScanAsksAreAFloodWhateverTheirPorts) {
  for (std::uint32_t i = 0; i < 50'000; i++)
    syn(other(0), port(i), static_cast<std::uint16_t>(1 + i * 40'503 % 65'535), at(i, 40'000));
  finish();
  EXPECT_NE(found("syn_flood"), nullptr);
}

TEST_F(FloodsTest, DatagramsOfForgedSourcesAreAFlood) {
  for (std::uint32_t i = 0; i < 6000; i++)
    send({other(i), kVictim}, VDT_IP_UDP, udp(port(i), 9999, zeros(64)), at(i, 3000));
  finish();
  const Finding* flood = found("udp_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(flood->kind, FindingKind::kUdpFlood);
  EXPECT_EQ(flood->port, 9999);
  EXPECT_EQ(flood->severity, Severity::kHigh);
}

TEST_F(FloodsTest, AOneWayStreamIsNone) {
  // A camera's 8,000 packets a second, which nobody answers.
  for (std::uint32_t i = 0; i < 24'000; i++)
    send({other(0), kVictim}, VDT_IP_UDP, udp(5004, 5004, zeros(1300)), at(i, 8000));
  finish();
  EXPECT_TRUE(over_.empty());
}

TEST_F(FloodsTest, AnsweredDatagramsAreNone) {
  // A resolver's clients.
  for (std::uint32_t i = 0; i < 20'000; i++) {
    send({other(i), kVictim}, VDT_IP_UDP, udp(port(i), 4242, zeros(40)), at(i, 5000));
    send({kVictim, other(i)}, VDT_IP_UDP, udp(4242, port(i), zeros(90)), at(i, 5000) + 100us);
  }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(FloodsTest, DhcpRequestsInOneInstantAreAFloodThoughOneFlow) {
  for (std::uint32_t i = 0; i < 2000; i++) send({0, 0xffffffff}, VDT_IP_UDP, udp(68, 67, zeros(244)), 1000s);
  finish();
  const Finding* flood = found("udp_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(flood->packets, 2000U);
  EXPECT_EQ(flood->severity, Severity::kMedium);
}

TEST_F(FloodsTest, EchoRequestsAreAFloodThoughAnswered) {
  for (std::uint32_t i = 0; i < 4000; i++) {
    send({other(1), kVictim}, VDT_IP_ICMP, icmp(8, 0, zeros(56)), at(i, 2000));
    send({kVictim, other(1)}, VDT_IP_ICMP, icmp(0, 0, zeros(56)), at(i, 2000) + 50us);
  }
  finish();
  const Finding* flood = found("icmp_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(over_.size(), 1U);
  EXPECT_TRUE(flood->source);
}

TEST_F(FloodsTest, APingASecondAndErrorsAboutOnesOwnScanAreNone) {
  for (std::uint32_t i = 0; i < 3000; i++) {
    send({kVictim, other(i)}, VDT_IP_UDP, udp(40'000, 33'434, zeros(8)), at(i, 2000));
    send({other(i), kVictim}, VDT_IP_ICMP, icmp(3, 3, zeros(28)), at(i, 2000) + 1ms);
  }
  finish();
  EXPECT_EQ(found("icmp_flood"), nullptr);
}

TEST_F(FloodsTest, AcksOfNoConnectionAreAFloodAndTheirFlagsNamed) {
  for (std::uint32_t i = 0; i < 6000; i++) {
    send({other(i), kVictim}, VDT_IP_TCP, tcp(port(i), 80, kAck), at(i, 3000));
    send({kVictim, other(i)}, VDT_IP_TCP, tcp(80, port(i), kRst), at(i, 3000) + 10us);
  }
  finish();
  const Finding* flood = found("tcp_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(flood->kind, FindingKind::kVolumetric);
  EXPECT_NE(flood->why.find("flags A"), std::string::npos) << flood->why;
}

TEST_F(FloodsTest, SegmentsWithAllFlagsAreNoReflection) {
  for (std::uint32_t i = 0; i < 6000; i++)
    send({other(i), kVictim}, VDT_IP_TCP, tcp(port(i), 80, 0x3f), at(i, 3000));
  finish();
  EXPECT_EQ(found("syn_ack_reflection"), nullptr);
  const Finding* flood = found("tcp_flood");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(prefix_text(*flood->target), "198.51.100.2");
}

TEST_F(FloodsTest, ConnectionsThatBeganBeforeTheCaptureAreNone) {
  for (std::uint32_t i = 0; i < 5000; i++)
    for (std::uint32_t more = 0; more < 2; more++) {
      send({other(i), kVictim}, VDT_IP_TCP, tcp(port(i), 80, kAck), at(i, 5000) + more * 1ms);
      send({kVictim, other(i)}, VDT_IP_TCP, tcp(80, port(i), kAck, {}, zeros(1000)),
           at(i, 5000) + more * 1ms + 10us);
    }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(FloodsTest, ABulkTransferIsNone) {
  syn(other(0), 50'000, 5201, 999s);
  syn_ack(other(0), 50'000, 5201, 999s + 1ms);
  for (std::uint32_t i = 0; i < 60'000; i++) {
    send({other(0), kVictim}, VDT_IP_TCP, tcp(50'000, 5201, kAck, {}, zeros(1400)), at(i, 30'000));
    if (i % 2 == 0) send({kVictim, other(0)}, VDT_IP_TCP, tcp(5201, 50'000, kAck), at(i, 30'000));
  }
  finish();
  EXPECT_TRUE(over_.empty()) << over_[0].why;
}

TEST_F(FloodsTest, SynAcksThatNobodyAskedForAreAReflection) {
  for (std::uint32_t i = 0; i < 3000; i++)
    send({other(i % 900), kVictim}, VDT_IP_TCP, tcp(80, port(i), kSyn | kAck), at(i, 1500));
  finish();
  const Finding* flood = found("syn_ack_reflection");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(flood->kind, FindingKind::kAmplification);
  EXPECT_NE(flood->why.find("reflectors"), std::string::npos) << flood->why;
}

TEST_F(FloodsTest, PacketsOfAnyProtocolAreAFlood) {
  for (std::uint32_t i = 0; i < 4000; i++) send({other(i), kVictim}, 47, zeros(40), at(i, 2000));
  finish();
  EXPECT_NE(found("protocol_flood"), nullptr);
}

TEST_F(FloodsTest, FragmentsOfManySourcesAreAFlood) {
  for (std::uint32_t i = 0; i < 4000; i++) {
    Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, zeros(64), {.fragment = 0x2010}));
    std::ranges::copy(be32(other(i)) + be32(kVictim), frame.begin() + 26);
    add(frame, at(i, 2000));
  }
  finish();
  EXPECT_NE(found("fragment_flood"), nullptr);
}

TEST_F(FloodsTest, FragmentsAreAFloodWhereOnlyTheirFlowsAreKnown) {
  for (const std::uint8_t protocol : {VDT_IP_UDP, VDT_IP_TCP}) {
    over_.clear();
    for (std::uint32_t i = 0; i < 4000; i++) {
      Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(protocol, zeros(64), {.fragment = 0x2010}));
      std::ranges::copy(be32(other(i)) + be32(kVictim + protocol), frame.begin() + 26);
      vdt_packet facts;
      parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
      const Packet packet{
          .time = at(i, 2000), .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = {}};
      const FlowTable::Place place = table_.add_packet(packet);
      detection_.advance(packet.time);
      detection_.add(FlowStep{.flow = *place.flow,
                              .side = place.side,
                              .begins = place.created,
                              .packets = 1,
                              .bytes = frame.size(),
                              .last = packet.time,
                              .tcp_flags = 0,
                              .max_length = static_cast<std::uint16_t>(frame.size()),
                              .packet = nullptr,
                              .captured = {}});
    }
    finish();
    EXPECT_NE(found("fragment_flood"), nullptr);
  }
}

TEST_F(FloodsTest, AFileWithoutTimesTellsNoRates) {
  for (std::uint32_t i = 0; i < 6000; i++) syn(other(i), port(i), 80, 0s);
  finish();
  EXPECT_TRUE(over_.empty());
}

TEST_F(FloodsTest, MemoryIsBoundedWhateverNumberOfSourcesAreForged) {
  for (std::uint32_t i = 0; i < 1'000'000; i++) {
    // Of each kind, to one victim and to any number of them.
    const std::uint32_t to = i % 2 == 0 ? kVictim : other(i + 7);
    switch (i / 2 % 4) {
      case 0:
        send({other(i), to}, VDT_IP_TCP, tcp(port(i), 80, kSyn), at(i, 200'000));
        break;
      case 1:
        send({other(i), to}, VDT_IP_UDP, udp(53, port(i), Bytes{1, 2, 0x80, 0} + zeros(300)), at(i, 200'000));
        break;
      case 2:
        send({0xe0000000 + i, to}, VDT_IP_ICMP, icmp(8, 0, zeros(8)), at(i, 200'000));
        break;
      default:
        Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, zeros(16), {.fragment = 0x2001}));
        std::ranges::copy(be32(other(i)) + be32(to), frame.begin() + 26);
        add(frame, at(i, 200'000));
    }
  }
  EXPECT_LE(detection_.memory(), std::size_t{64} << 20);  // of all detectors
  EXPECT_GT(detection_.memory(), 0U);
  finish();
  for (const std::string_view detector : {"syn_flood", "dns_amplification", "icmp_flood", "fragment_flood"})
    EXPECT_NE(found(detector), nullptr) << detector;
}

}  // namespace
}  // namespace vedette::tests
