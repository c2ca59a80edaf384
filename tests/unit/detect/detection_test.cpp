#include "detect/detection.h"

#include "detect/finding_json.h"
#include "detect/odd_packet.h"
#include "detect/outdated_protocol.h"
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Ends4 kEnds{0xc0000201, 0xc6336402};

class DetectionTest : public WatchedTraffic {
 protected:
  // SSH's first version has been outdated for long.
  void greet(std::uint16_t from, Nanoseconds time) {
    send(kEnds, VDT_IP_TCP, tcp(from, 22, 0x18, {}, text("SSH-1.5-OpenSSH_1.2\r\n")), time);
    send({kEnds.dst, kEnds.src}, VDT_IP_TCP, tcp(22, from, 0x18, {}, text("SSH-1.5-OpenSSH_1.2\r\n")), time);
  }
};

TEST_F(DetectionTest, TellsAFindingWhenItIsRaisedAndWhenItIsOver) {
  greet(40000, 1s);
  ASSERT_EQ(raised_.size(), 1U);
  EXPECT_TRUE(over_.empty());
  finish();
  ASSERT_EQ(over_.size(), 1U);
  EXPECT_EQ(finding_id(over_[0]), finding_id(raised_[0]));
  EXPECT_EQ(over_[0].kind, FindingKind::kOutdatedProtocol);
  EXPECT_EQ(over_[0].port, 22);
}

TEST_F(DetectionTest, KeepsOneFindingWhileTheBehaviourGoesOn) {
  greet(40000, 1s);
  greet(40001, 50s);
  finish();
  EXPECT_EQ(raised_.size(), 1U);
  ASSERT_EQ(over_.size(), 1U);
  EXPECT_EQ(over_[0].detected, 1s);
  EXPECT_EQ(over_[0].last, 50s);
}

TEST_F(DetectionTest, TellsOnceASecondThatAFindingGrows) {
  for (std::uint16_t i = 0; i < 21; i++) greet(static_cast<std::uint16_t>(40000 + i), 1s + i * 200ms);
  finish();
  EXPECT_EQ(raised_.size(), 1U);
  EXPECT_GE(grown_, 3U);
  EXPECT_LE(grown_, 4U);
}

TEST_F(DetectionTest, BeginsAnotherAfterAQuietTime) {
  greet(40000, 1s);
  greet(40001, 100s);
  finish();
  EXPECT_EQ(raised_.size(), 2U);
  ASSERT_EQ(over_.size(), 2U);
  EXPECT_NE(finding_id(over_[0]), finding_id(over_[1]));
}

TEST_F(DetectionTest, NamesAHostAloneThatSpeaksAnOutdatedProtocolWithMany) {
  for (std::uint32_t client = 0; client < 1000; client++) {
    const Nanoseconds time = 1s + client * 1ms;
    send({0x0a000000 + client, kEnds.dst}, VDT_IP_TCP,
         tcp(40000, 22, 0x18, {}, text("SSH-1.5-OpenSSH_1.2\r\n")), time);
    send({kEnds.dst, 0x0a000000 + client}, VDT_IP_TCP,
         tcp(22, 40000, 0x18, {}, text("SSH-1.5-OpenSSH_1.2\r\n")), time);
  }
  finish();
  EXPECT_EQ(raised_by("outdated_protocol"), OutdatedProtocol::kNamedOthers + 1);
  const auto all = std::ranges::find_if(over_, [](const Finding& one) { return !one.source && one.target; });
  ASSERT_NE(all, over_.end());
  EXPECT_NE(all->why.find("with more than 16 others"), std::string::npos) << all->why;
}

TEST_F(DetectionTest, WritesTheContractsMembers) {
  greet(40000, 1s);
  finish();
  ASSERT_EQ(over_.size(), 1U);
  fmt::memory_buffer line;
  JsonWriter json(line);
  write_finding(json, over_[0]);
  const std::string_view written(line.data(), line.size());
  EXPECT_TRUE(
      written.starts_with(R"({"id":")" + finding_id(over_[0]) +
                          R"(","kind":"outdated_protocol","severity":"low","detector":"outdated_protocol",)"
                          R"("src_ip":"192.0.2.1","dst_ip":"198.51.100.2","dst_port":22,)"
                          R"("first_ns":1000000000,"detected_ns":1000000000,"last_ns":1000000000,)"))
      << written;
  EXPECT_TRUE(written.ends_with(R"(,"action":"none"})")) << written;
}

TEST(OddPacket, IsWhatFlowsDontTellEnoughOf) {
  const auto odd = [](const Bytes& frame) {
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    return is_odd(facts);
  };
  EXPECT_FALSE(odd(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, text("a"))))));
  EXPECT_FALSE(odd(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_ICMP, icmp(8, 0, text("ping"))))));
  EXPECT_FALSE(odd(ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_ICMPV6, icmp(129, 0, text("pong"))))));
  EXPECT_TRUE(odd(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_ICMP, icmp(5, 1, zeros(28))))));
  EXPECT_TRUE(odd(ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_ICMPV6, icmp(134, 0, zeros(8))))));
  EXPECT_TRUE(odd(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, zeros(24)), {.fragment = 0x2000}))));
  EXPECT_TRUE(odd(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, text("a")), {.total = 10}))));
  EXPECT_TRUE(odd(ethernet(VDT_ETHER_ARP, be16(1) + be16(0x0800) + Bytes{6, 4} + be16(1) + zeros(20))));
  EXPECT_TRUE(odd(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(68, 67, zeros(240))))));
  EXPECT_TRUE(
      odd(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 53, text("a")), {.options = Bytes{7, 3, 4, 0}}))));
  EXPECT_TRUE(odd(ethernet(VDT_ETHER_IPV6,
                           ipv6(VDT_IP_DESTINATION_OPTIONS, extension(VDT_IP_UDP, udp(1, 53, text("a")))))));
  Bytes land = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, tcp(139, 139, 2)));
  std::ranges::copy(be32(0xc6336402), land.begin() + 26);
  EXPECT_TRUE(odd(land));
}

}  // namespace
}  // namespace vedette::tests
