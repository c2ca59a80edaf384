// Who knocks where a verdict lets nobody in.
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

class AclViolationTest : public WatchedTraffic {
 protected:
  // A packet that was dropped, of 192.0.2.1 to 198.51.100.2.
  void drop(const Bytes& transport, std::uint8_t protocol, Nanoseconds time) {
    const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(protocol, transport));
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    facts.core.direction = VDT_DIRECTION_IN;
    detection_.look({.time = time, .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = "drop"},
                    {});
  }

  // A connection that 192.0.2.1 began with that port of 198.51.100.2, and of whose packets the last was
  // refused; `direction`: of what 192.0.2.1 sends.
  void refuse(std::uint16_t port, std::uint8_t direction, bool by_answer, Nanoseconds time) {
    FlowTable flows;
    const auto packet = [&](const Bytes& segment, bool answers) {
      const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, segment));
      vdt_packet facts;
      parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
      if (answers) std::swap(facts.core.key.src, facts.core.key.dst);
      facts.core.direction =
          answers == (direction == VDT_DIRECTION_IN) ? VDT_DIRECTION_OUT : VDT_DIRECTION_IN;
      const Packet told{
          .time = time, .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = "drop"};
      const FlowTable::Place place = flows.add_packet(told);
      if (facts.core.payload_length != 0) detection_.look(told, place);
    };
    packet(tcp(40'000, port, VDT_TCP_SYN), false);
    if (by_answer) return packet(tcp(port, 40'000, VDT_TCP_ACK, {}, text("SSH-1.5-old\r\n")), true);
    packet(tcp(40'000, port, VDT_TCP_ACK, {}, text("SSH-1.5-old\r\n")), false);
  }
};

TEST_F(AclViolationTest, IsToldOfASourceThatAsksForManyPorts) {
  for (std::uint16_t port = 1; port <= 200; port++)
    drop(tcp(40'000, port, VDT_TCP_SYN), VDT_IP_TCP, 1s + port * 10ms);
  finish();
  ASSERT_EQ(over_.size(), 1U);
  EXPECT_EQ(over_[0].kind, FindingKind::kAclViolation);
  EXPECT_EQ(over_[0].severity, Severity::kMedium);
  EXPECT_EQ(prefix_text(*over_[0].source), "192.0.2.1");
  EXPECT_EQ(raised_[0].severity, Severity::kLow);
  EXPECT_NEAR(raised_[0].score, 16, 2);
}

TEST_F(AclViolationTest, IsNotToldOfAClientThatTriesAgain) {
  for (std::uint16_t i = 0; i < 1000; i++)
    drop(tcp(static_cast<std::uint16_t>(40'000 + i), static_cast<std::uint16_t>(80 + i % 8), VDT_TCP_SYN),
         VDT_IP_TCP, 1s + i * 10ms);
  finish();
  EXPECT_TRUE(over_.empty());
}

// Of a server that is shut out, and whom ours had asked.
TEST_F(AclViolationTest, IsNotToldOfAnswers) {
  for (std::uint16_t port = 40'000; port < 41'000; port++) {
    drop(tcp(443, port, VDT_TCP_SYN | VDT_TCP_ACK), VDT_IP_TCP, 1s);
    drop(tcp(443, port, VDT_TCP_RST), VDT_IP_TCP, 1s);
    drop(udp(53, port, {}), VDT_IP_UDP, 1s);
  }
  finish();
  EXPECT_TRUE(over_.empty());
}

TEST_F(AclViolationTest, IsToldOfWhoBeganRefusedConnectionsWhicheverSideSpoke) {
  for (std::uint16_t port = 1; port <= 40; port++)
    refuse(port, VDT_DIRECTION_IN, port % 2 == 0, 1s + port * 10ms);
  finish();
  const auto found = std::ranges::find(over_, FindingKind::kAclViolation, &Finding::kind);
  ASSERT_NE(found, over_.end());
  EXPECT_EQ(prefix_text(*found->source), "192.0.2.1");
  EXPECT_NEAR(found->score, 40, 4);
}

TEST_F(AclViolationTest, IsNotToldOfConnectionsThatOursBegan) {
  for (const bool by_answer : {false, true})
    for (std::uint16_t port = 1; port <= 100; port++)
      refuse(port, VDT_DIRECTION_OUT, by_answer, 1s + port * 10ms);
  finish();
  EXPECT_EQ(std::ranges::count(over_, FindingKind::kAclViolation, &Finding::kind), 0);
}

TEST_F(AclViolationTest, IsNotToldOfWhatIsSpreadOverHours) {
  for (std::uint16_t port = 1; port <= 200; port++)
    drop(tcp(40'000, port, VDT_TCP_SYN), VDT_IP_TCP, port * 61s);
  finish();
  EXPECT_TRUE(over_.empty());
}

}  // namespace
}  // namespace vedette::tests
