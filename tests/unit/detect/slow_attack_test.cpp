#include "detect/slow_attack.h"

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kClient = 0xc0000201;
constexpr std::uint32_t kServer = 0xc6336402;
constexpr std::string_view kBegin = "GET / HTTP/1.1\r\nHost: server.example\r\nUser-Agent: Mozilla/5.0\r\n";
constexpr std::uint8_t kAck = VDT_TCP_ACK;
constexpr std::uint8_t kPush = VDT_TCP_ACK | VDT_TCP_PSH;

class SlowAttackTest : public WatchedTraffic {
 protected:
  void says(std::uint32_t client, std::uint16_t from, std::uint16_t port, std::uint8_t flags,
            const Bytes& bytes, Nanoseconds time) {
    send({client, kServer}, VDT_IP_TCP, tcp(from, port, flags, {}, bytes), time);
  }
  void answers(std::uint32_t client, std::uint16_t from, std::uint16_t port, std::uint8_t flags,
               const Bytes& bytes, Nanoseconds time) {
    send({kServer, client}, VDT_IP_TCP, tcp(port, from, flags, {}, bytes), time);
  }
  void open(std::uint32_t client, std::uint16_t from, std::uint16_t port, Nanoseconds time) {
    says(client, from, port, VDT_TCP_SYN, {}, time);
    answers(client, from, port, VDT_TCP_SYN | kAck, {}, time + 1ms);
    says(client, from, port, kAck, {}, time + 2ms);
  }
  // Of each connection a line after every `pause`.
  void slowloris(std::uint32_t clients, std::uint16_t each, std::uint16_t port, Nanoseconds pause, int lines,
                 std::string_view begin = kBegin) {
    for (std::uint32_t client = 0; client < clients; client++)
      for (std::uint16_t i = 0; i < each; i++) {
        open(kClient + client, 40000 + i, port, i * 10ms);
        says(kClient + client, 40000 + i, port, kPush, text(begin), i * 10ms + 3ms);
      }
    for (int line = 1; line <= lines; line++)
      for (std::uint32_t client = 0; client < clients; client++)
        for (std::uint16_t i = 0; i < each; i++) {
          says(kClient + client, 40000 + i, port, kPush, text("X-a: b\r\n"), line * pause + i * 10ms + 20ms);
          answers(kClient + client, 40000 + i, port, kAck, {}, line * pause + i * 10ms + 21ms);
        }
  }
  std::vector<Finding> ended() {
    finish();
    std::erase_if(over_, [](const Finding& finding) { return finding.kind != FindingKind::kSlowAttack; });
    return over_;
  }
};

TEST_F(SlowAttackTest, TenRequestsThatDontEndAreTold) {
  slowloris(1, 10, 80, 10s, 3);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kLow);
  EXPECT_EQ(prefix_text(found[0].source.value()), "192.0.2.1");
  EXPECT_EQ(prefix_text(found[0].target.value()), "198.51.100.2");
  EXPECT_EQ(found[0].port, 80);
  EXPECT_EQ(found[0].score, 10);
  EXPECT_LT(found[0].detected, 11s);
}

TEST_F(SlowAttackTest, NineAreNot) {
  slowloris(1, 9, 80, 10s, 6);
  EXPECT_TRUE(ended().empty());
}

TEST_F(SlowAttackTest, ManyAreGraver) {
  slowloris(1, 150, 80, 10s, 2);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kHigh);
}

TEST_F(SlowAttackTest, SpreadSourcesAreToldByTheirService) {
  slowloris(50, 4, 80, 10s, 2);
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].source);
  EXPECT_EQ(found[0].port, 80);
  EXPECT_EQ(found[0].severity, Severity::kMedium);
}

// Logs, measurements: nobody answers them.
TEST_F(SlowAttackTest, OneWayStreamsToOtherServicesAreNone) {
  slowloris(1, 100, 2003, 10s, 5, "servers.web.load 0.25 1700000000\nservers.web.users 4 1700000000\n");
  EXPECT_TRUE(ended().empty());
}

TEST_F(SlowAttackTest, KeptConnectionsWhoseRequestsAreAnsweredAreNone) {
  for (std::uint16_t i = 0; i < 100; i++) {
    open(kClient, 40000 + i, 80, 0s);
    for (int request = 0; request < 6; request++) {
      const Nanoseconds time = request * 10s + i * 1ms + 10ms;
      says(kClient, 40000 + i, 80, kPush, text("GET / HTTP/1.1\r\nHost: server.example\r\n\r\n"), time);
      answers(kClient, 40000 + i, 80, kPush, text("HTTP/1.1 204 No Content\r\nServer: example\r\n\r\n"),
              time + 1s);
    }
  }
  EXPECT_TRUE(ended().empty());
}

TEST_F(SlowAttackTest, ConnectionsThatWaitForTheirFirstRequestAreNone) {
  for (std::uint16_t i = 0; i < 100; i++) {
    open(kClient, 40000 + i, 443, 0s);
    says(kClient, 40000 + i, 443, kPush, zeros(300), 20s + i * 1ms);
  }
  EXPECT_TRUE(ended().empty());
}

TEST_F(SlowAttackTest, WindowsThatStayClosedAreTold) {
  for (std::uint16_t i = 0; i < 60; i++) {
    open(kClient, 40000 + i, 80, 0s);
    says(kClient, 40000 + i, 80, kPush, text("GET /large HTTP/1.1\r\nHost: server.example\r\n\r\n"), 10ms);
    answers(kClient, 40000 + i, 80, kPush, zeros(1000), 20ms);
  }
  for (int second = 6; second < 14; second++)
    for (std::uint16_t i = 0; i < 60; i++) {
      Bytes closed = tcp(40000 + i, 80, kAck);
      closed[14] = closed[15] = 0;
      send({kClient, kServer}, VDT_IP_TCP, closed, second * 1s + i * 1ms);
    }
  const auto found = ended();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kMedium);
  EXPECT_TRUE(found[0].why.ends_with("60 by closed windows")) << found[0].why;
}

// A paused player: a browser opens six at most.
TEST_F(SlowAttackTest, SixClosedWindowsAreNone) {
  for (std::uint16_t i = 0; i < 6; i++) open(kClient, 40000 + i, 80, 0s);
  for (int second = 6; second < 60; second++)
    for (std::uint16_t i = 0; i < 6; i++) {
      Bytes closed = tcp(40000 + i, 80, kAck);
      closed[14] = closed[15] = 0;
      send({kClient, kServer}, VDT_IP_TCP, closed, second * 1s + i * 1ms);
    }
  EXPECT_TRUE(ended().empty());
}

TEST_F(SlowAttackTest, HoldsNoMoreThanItSays) {
  SlowAttack detector([](const Finding&) {});
  std::vector<Flow> flows(100'000);
  for (std::uint32_t i = 0; i < flows.size(); i++) {
    Flow& flow = flows[i];
    flow.key.ip_version = 4;
    flow.key.protocol = VDT_IP_TCP;
    flow.key.src.words[0] = i;
    flow.key.dst_port = 80;
    flow.marks = kInitiatorKnown;
    flow.sent[kInitiator] = {.packets = 4, .bytes = 600};
    detector.take(FlowStep{.flow = flow,
                           .side = kInitiator,
                           .begins = false,
                           .packets = 1,
                           .bytes = 80,
                           .last = 10s,
                           .tcp_flags = kPush,
                           .max_length = 200,
                           .packet = nullptr});
  }
  EXPECT_GT(detector.memory(), SlowAttack::kMostHeld * std::size_t{64});
  EXPECT_LT(detector.memory(), SlowAttack::kMostMemory);
}

}  // namespace
}  // namespace vedette::tests
