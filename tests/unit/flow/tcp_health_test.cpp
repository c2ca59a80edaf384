#include "flow/tcp_health.h"

#include <gtest/gtest.h>

#include "packets.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using namespace testing;

// One direction's health after its segments.
class Direction {
 public:
  Direction& send(Nanoseconds time, const Segment& segment) {
    const TestPacket packet = tcp(kClient, kServer, time, segment);
    vdt_tcp_update(&health, &packet.facts.core, static_cast<std::uint32_t>(time.count() / 1000));
    return *this;
  }

  vdt_tcp_health health{};
};

TEST(TcpHealth, InOrderDataIsNeither) {
  Direction sender;
  sender.send(1ms, {.seq = 100, .payload = 50})
      .send(2ms, {.seq = 150, .payload = 50})
      .send(3ms, {.seq = 200});
  EXPECT_EQ(sender.health.retransmits, 0U);
  EXPECT_EQ(sender.health.out_of_order, 0U);
}

TEST(TcpHealth, DataThatWasSeenIsARetransmissionHoweverSoonItComes) {
  Direction sender;
  sender.send(1ms, {.seq = 100, .payload = 50}).send(2ms, {.seq = 150, .payload = 50});
  sender.send(2'100us, {.seq = 100, .payload = 50});
  EXPECT_EQ(sender.health.retransmits, 1U);
  EXPECT_EQ(sender.health.out_of_order, 0U);
}

TEST(TcpHealth, ASegmentThatFillsAGapSoonIsOutOfOrder) {
  Direction sender;
  sender.send(1ms, {.seq = 100, .payload = 50}).send(2ms, {.seq = 200, .payload = 50});
  sender.send(3ms, {.seq = 150, .payload = 50});
  EXPECT_EQ(sender.health.out_of_order, 1U);
  EXPECT_EQ(sender.health.retransmits, 0U);
}

TEST(TcpHealth, ASegmentThatFillsAGapLateIsARetransmission) {
  Direction sender;
  sender.send(1ms, {.seq = 100, .payload = 50}).send(2ms, {.seq = 200, .payload = 50});
  sender.send(6ms, {.seq = 150, .payload = 50});
  EXPECT_EQ(sender.health.out_of_order, 0U);
  EXPECT_EQ(sender.health.retransmits, 1U);
}

TEST(TcpHealth, KeepAlivesAreNeither) {
  Direction sender;
  sender.send(1ms, {.seq = 100, .payload = 50}).send(9s, {.seq = 149, .payload = 1}).send(18s, {.seq = 149});
  EXPECT_EQ(sender.health.retransmits, 0U);
}

TEST(TcpHealth, SequenceNumbersWrap) {
  Direction sender;
  sender.send(1ms, {.seq = 0xffffffe0, .payload = 0x40}).send(2ms, {.seq = 0x20, .payload = 10});
  EXPECT_EQ(sender.health.retransmits, 0U);
  sender.send(50ms, {.seq = 0xfffffff0, .payload = 10});
  EXPECT_EQ(sender.health.retransmits, 1U);
}

TEST(TcpHealth, TheHandshakeIsMeasuredFromTheLastSyn) {
  Direction sender;
  sender.send(1s, {.flags = kSyn, .seq = 10}).send(2s, {.flags = kSyn, .seq = 10});
  sender.send(2s + 30us, {.flags = kAck, .seq = 11});
  EXPECT_EQ(sender.health.retransmits, 1U);
  EXPECT_EQ(sender.health.handshake_us, 30U);
}

TEST(TcpHealth, ANewSynOnAClosedDirectionBeginsAnew) {
  Direction sender;
  sender.send(1s, {.flags = kSyn, .seq = 10}).send(2s, {.flags = kFin | kAck, .seq = 11});
  EXPECT_TRUE(sender.health.state & VDT_TCP_CLOSED);
  sender.send(3s, {.flags = kSyn, .seq = 9000});
  EXPECT_FALSE(sender.health.state & VDT_TCP_CLOSED);
  EXPECT_EQ(sender.health.flags_seen, kSyn);
  EXPECT_EQ(sender.health.retransmits, 0U);
}

}  // namespace
}  // namespace vedette
