#include "detect/tcp_evasion.h"

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Ends4 kToServer{0x0a000005, 0xc6336402}, kToClient{0xc6336402, 0x0a000005};
constexpr std::uint8_t kSyn = 2, kRst = 4, kAck = 16, kPush = 8;

class TcpEvasionTest : public WatchedTraffic {
 protected:
  void client(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, std::size_t data = 0) {
    segment(kToServer, 40000, 80, flags, seq, ack, data);
  }
  void server(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, std::size_t data = 0) {
    segment(kToClient, 80, 40000, flags, seq, ack, data);
  }

 private:
  void segment(Ends4 ends, std::uint16_t from, std::uint16_t to, std::uint8_t flags, std::uint32_t seq,
               std::uint32_t ack, std::size_t data) {
    Bytes segment = tcp(from, to, flags, {}, zeros(data));
    const Bytes numbers = be32(seq) + be32(ack);
    std::ranges::copy(numbers, segment.begin() + 4);
    send(ends, VDT_IP_TCP, segment, time_ += 10ms);
  }

  Nanoseconds time_ = 1s;
};

TEST_F(TcpEvasionTest, IsAHandshakeThatGoesOnAfterItsReset) {
  client(kSyn, 1000, 0);
  server(kRst | kAck, 0, 1001);
  server(kSyn | kAck, 5000, 1001);
  client(kAck, 1001, 5001);
  EXPECT_EQ(std::ranges::count(raised_, "tcp_evasion", &Finding::detector), 0);
  client(kAck | kPush, 1001, 5001, 100);
  finish();
  ASSERT_EQ(raised_by("tcp_evasion"), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kMedium);
  EXPECT_EQ(over_[0].port, 80);
}

TEST_F(TcpEvasionTest, IsNotAnotherTryAfterAReset) {
  client(kSyn, 1000, 0);
  server(kRst | kAck, 0, 1001);
  client(kSyn, 1000, 0);
  server(kSyn | kAck, 5000, 1001);
  client(kAck | kPush, 1001, 5001, 100);
  finish();
  EXPECT_EQ(raised_by("tcp_evasion"), 0U);
}

TEST_F(TcpEvasionTest, IsDataBehindAResetThatIsAcknowledged) {
  client(kSyn, 1000, 0);
  server(kSyn | kAck, 5000, 1001);
  client(kAck, 1001, 5001);
  client(kRst, 1001, 0);
  client(kAck | kPush, 1001, 5001, 100);
  client(kAck | kPush, 1101, 5001, 100);
  EXPECT_EQ(raised_.size(), 0U);
  server(kAck, 5001, 1201);
  finish();
  EXPECT_EQ(raised_by("tcp_evasion"), 1U);
}

TEST_F(TcpEvasionTest, IsNotDataSentBeforeTheResetNorUnansweredOnes) {
  client(kSyn, 1000, 0);
  server(kSyn | kAck, 5000, 1001);
  client(kAck, 1001, 5001);
  client(kRst, 1301, 0);
  client(kAck | kPush, 1001, 5001, 100);  // came late
  client(kAck | kPush, 1101, 5001, 100);
  server(kAck, 5001, 1201);
  client(kAck | kPush, 1301, 5001, 100);
  client(kAck | kPush, 1401, 5001, 100);
  server(kRst, 5001, 0);
  finish();
  EXPECT_EQ(raised_by("tcp_evasion"), 0U);
}

}  // namespace
}  // namespace vedette::tests
