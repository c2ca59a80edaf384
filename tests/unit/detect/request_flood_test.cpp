#include "detect/request_flood.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kClient = 0xc0000201;
constexpr std::uint32_t kServer = 0xc6336402;

// Connections as a live sensor tells them: each direction's whole growth in one step.
class RequestFloodTest : public ::testing::Test {
 protected:
  struct Connection {
    std::uint32_t client = kClient;
    std::uint16_t port = 80;
    std::uint64_t answer = 900;  // bytes, of four packets
    std::uint8_t marks = kInitiatorKnown;
  };

  void open(const Connection& made, Nanoseconds time) {
    Flow flow;
    flow.key.ip_version = 4;
    flow.key.protocol = VDT_IP_TCP;
    std::ranges::copy(be32(made.client), flow.key.src.bytes);
    std::ranges::copy(be32(kServer), flow.key.dst.bytes);
    flow.key.dst_port = made.port;
    flow.marks = made.marks;
    flow.first = time - 10ms;
    flow.sent[kInitiator] = {.packets = 5, .bytes = 500};
    step(flow, kInitiator, time);
    flow.sent[kResponder] = {.packets = 4, .bytes = made.answer};
    step(flow, kResponder, time);
  }
  void step(const Flow& flow, FlowSide side, Nanoseconds time) {
    detector_.take(FlowStep{.flow = flow,
                            .side = side,
                            .begins = side == kInitiator,
                            .packets = flow.sent[side].packets,
                            .bytes = flow.sent[side].bytes,
                            .last = time,
                            .tcp_flags = VDT_TCP_ACK,
                            .max_length = 600,
                            .packet = nullptr});
  }
  // So many a second from `begin`, for so long; each `clients`-th is the same one's.
  void flood(Connection made, std::uint32_t a_second, Nanoseconds begin, Nanoseconds length,
             std::uint32_t clients = 1) {
    const auto count = static_cast<std::uint64_t>(length / 1s) * a_second;
    for (std::uint64_t i = 0; i < count; i++) {
      made.client = kClient + static_cast<std::uint32_t>(i % clients);
      open(made, begin + Nanoseconds(1s) * i / a_second);
    }
  }

  std::vector<Finding> raised_;
  RequestFlood detector_{[this](const Finding& finding) { raised_.push_back(finding); }};
};

TEST_F(RequestFloodTest, OneSourceIsToldWithinASecond) {
  flood({}, 1500, 100s, 30s);
  ASSERT_FALSE(raised_.empty());
  const Finding& found = raised_.front();
  EXPECT_EQ(found.detector, "request_flood");
  EXPECT_EQ(found.kind, FindingKind::kVolumetric);
  EXPECT_EQ(prefix_text(found.source.value()), "192.0.2.1");
  EXPECT_EQ(prefix_text(found.target.value()), "198.51.100.2");
  EXPECT_EQ(found.port, 80);
  EXPECT_LT(found.detected, 101s);
  EXPECT_EQ(found.first, 100s - 10ms);
  EXPECT_EQ(raised_.back().severity, Severity::kHigh);
  EXPECT_NEAR(raised_.back().score, 1500, 100);
  EXPECT_GT(raised_.back().packets, 200'000U);
  EXPECT_LT(raised_.size(), 100U);  // not once a connection
}

TEST_F(RequestFloodTest, SeverityFollowsTheRate) {
  flood({}, 150, 100s, 60s);
  ASSERT_FALSE(raised_.empty());
  EXPECT_EQ(raised_.back().severity, Severity::kLow);
  flood({}, 400, 200s, 60s);
  EXPECT_EQ(raised_.back().severity, Severity::kMedium);
}

TEST_F(RequestFloodTest, LessThanTheFloorIsNone) {
  flood({}, 95, 100s, 600s);
  EXPECT_TRUE(raised_.empty());
}

// Browsers that begin anew, each page's parts by a connection of their own.
TEST_F(RequestFloodTest, BurstsAreNone) {
  for (int page = 0; page < 20; page++)
    for (int part = 0; part < 400; part++) open({}, 100s + page * 15s + part * 1ms);
  EXPECT_TRUE(raised_.empty());
}

TEST_F(RequestFloodTest, WhatIsNotAnsweredIsNotCounted) {
  flood({.answer = 74 + 3 * 66}, 2000, 100s, 10s);
  EXPECT_TRUE(raised_.empty());
}

TEST_F(RequestFloodTest, OtherServicesAndMiddlesAreNone) {
  flood({.port = 5432}, 2000, 100s, 10s);
  flood({.marks = 0}, 2000, 100s, 10s);
  EXPECT_TRUE(raised_.empty());
}

// A proxy that keeps no connections.
TEST_F(RequestFloodTest, WhatGoesOnForHoursIsUsual) {
  flood({}, 120, 100s, 3h);
  EXPECT_FALSE(raised_.empty());
  raised_.clear();
  flood({}, 120, 100s + 3h, 10min);
  EXPECT_TRUE(raised_.empty());
}

TEST_F(RequestFloodTest, ManySourcesAreToldByTheirService) {
  flood({}, 20, 100s, 6min, 200);
  ASSERT_TRUE(raised_.empty());
  flood({}, 3000, 100s + 6min, 10s, 3000);
  ASSERT_FALSE(raised_.empty());
  EXPECT_FALSE(raised_.front().source);
  EXPECT_EQ(raised_.front().port, 80);
  EXPECT_EQ(raised_.front().severity, Severity::kMedium);
}

// Whether a service that a sensor sees for the first time is always that busy, nobody can tell.
TEST_F(RequestFloodTest, ABusyServiceIsNone) {
  flood({}, 3000, 100s, 10min, 3000);
  EXPECT_TRUE(raised_.empty());
}

TEST_F(RequestFloodTest, MemoryIsBounded) {
  for (std::uint32_t client = 0; client < 300'000; client++)
    open({.client = 0x0a000000 + client, .port = client % 2 == 0 ? std::uint16_t{80} : std::uint16_t{443}},
         100s);
  EXPECT_LE(detector_.memory(), RequestFlood::kMostMemory);
}

// Packet by packet, as a file is read: HTTP on a port of its own.
class RequestFloodFileTest : public WatchedTraffic {
 protected:
  void exchange(std::uint16_t from, std::uint16_t port, Nanoseconds time) {
    const Ends4 out{kClient, kServer}, back{kServer, kClient};
    send(out, VDT_IP_TCP, tcp(from, port, VDT_TCP_SYN), time);
    send(back, VDT_IP_TCP, tcp(port, from, VDT_TCP_SYN | VDT_TCP_ACK), time + 1ms);
    send(out, VDT_IP_TCP,
         tcp(from, port, VDT_TCP_ACK | VDT_TCP_PSH, {},
             text("GET /?q=1 HTTP/1.1\r\nHost: server.example\r\n\r\n")),
         time + 2ms);
    send(back, VDT_IP_TCP,
         tcp(port, from, VDT_TCP_ACK | VDT_TCP_PSH | VDT_TCP_FIN, {},
             text("HTTP/1.1 200 OK\r\nServer: example\r\nContent-Type: text/plain\r\nContent-Length: "
                  "2\r\n\r\nok")),
         time + 3ms);
    send(out, VDT_IP_TCP, tcp(from, port, VDT_TCP_ACK | VDT_TCP_FIN), time + 4ms);
  }
};

TEST_F(RequestFloodFileTest, IsToldWhereHttpIsHeard) {
  for (std::uint16_t i = 0; i < 2000; i++) exchange(20'000 + i, 9999, 100s + i * 5ms);
  finish();
  ASSERT_EQ(raised_by("request_flood"), 1U);
  EXPECT_EQ(raised_by("tcp_flood") + raised_by("syn_flood"), 0U);
}

}  // namespace
}  // namespace vedette::tests
