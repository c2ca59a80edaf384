#include "detect/heartbleed.h"

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Ends4 kToServer{0x0a000005, 0xc6336402}, kToClient{0xc6336402, 0x0a000005};

Bytes record(std::uint8_t type, const Bytes& body) {
  return Bytes{type, 3, 2} + be16(body.size()) + body;
}

class HeartbleedTest : public WatchedTraffic {
 protected:
  void client(const Bytes& records) {
    send(kToServer, VDT_IP_TCP, tcp(40000, 443, 0x18, {}, records), time_ += 10ms);
  }
  void server(const Bytes& records) {
    send(kToClient, VDT_IP_TCP, tcp(443, 40000, 0x18, {}, records), time_ += 10ms);
  }
  void hellos() {
    client(record(22, Bytes{1, 0, 0, 60} + zeros(60)));
    server(record(22, Bytes{2, 0, 0, 60} + zeros(60)));
  }
  void encrypt() {
    client(record(22, Bytes{16, 0, 0, 8} + zeros(8)) + record(20, {1}) + record(22, zeros(40)));
    server(record(20, {1}) + record(22, zeros(40)));
  }
  [[nodiscard]] const Finding* found() const {
    const auto finding = std::ranges::find(over_, "heartbleed", &Finding::detector);
    return finding == over_.end() ? nullptr : &*finding;
  }

  Nanoseconds time_ = 1s;
};

TEST_F(HeartbleedTest, IsARequestForMoreThanItHolds) {
  hellos();
  client(record(24, Bytes{1, 0x40, 0}));
  finish();
  ASSERT_NE(found(), nullptr);
  EXPECT_EQ(found()->severity, Severity::kMedium);
}

TEST_F(HeartbleedTest, IsCriticalOnceTheServerAnswers) {
  hellos();
  client(record(24, Bytes{1, 0x40, 0}));
  server(record(24, Bytes{2, 0x40, 0} + zeros(1000)));
  finish();
  ASSERT_NE(found(), nullptr);
  EXPECT_EQ(found()->severity, Severity::kCritical);
  EXPECT_EQ(prefix_text(*found()->source), "10.0.0.5");
}

TEST_F(HeartbleedTest, IsNotAHeartbeatAsItShouldBe) {
  hellos();
  client(record(24, Bytes{1, 0, 32} + zeros(32 + 16)));
  server(record(24, Bytes{2, 0, 32} + zeros(32 + 16)));
  encrypt();
  client(record(23, zeros(100)));
  client(record(24, Bytes{0xff, 0xff} + zeros(78)));
  server(record(24, Bytes{0xee, 0xff} + zeros(78)));
  server(record(24, zeros(200)));  // the server's own, of another length
  client(record(24, zeros(200)));
  finish();
  EXPECT_EQ(found(), nullptr);
}

TEST_F(HeartbleedTest, IsAnEncryptedAnswerLongerThanItsRequest) {
  hellos();
  encrypt();
  client(record(23, zeros(100)));
  client(record(24, Bytes{1, 0xff} + zeros(78)));
  server(record(24, zeros(16000)));
  finish();
  ASSERT_NE(found(), nullptr);
  EXPECT_EQ(found()->severity, Severity::kHigh);
  EXPECT_EQ(found()->score, 16000);
  EXPECT_EQ(found()->threshold, 80);
}

TEST_F(HeartbleedTest, IsDoubtfulBeforeAnyData) {
  hellos();
  encrypt();
  client(record(24, zeros(80)));
  finish();
  ASSERT_NE(found(), nullptr);
  EXPECT_EQ(found()->severity, Severity::kLow);
}

}  // namespace
}  // namespace vedette::tests
