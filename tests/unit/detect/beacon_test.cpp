#include "detect/beacon.h"

#include "detect/beacon_score.h"
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kHost = 0x0a000005;    // 10.0.0.5
constexpr std::uint32_t kMaster = 0xc6336402;  // 198.51.100.2

TEST(BeaconScore, OfLikeIntervalsIsOneAndOfScatteredOnesIsLow) {
  EXPECT_DOUBLE_EQ(dispersion_score({5, 5, 5, 5, 5}), 1);
  // Quartiles 2, 3, 4: no skewness; deviations 2 1 0 1 2, whose median is 1: (1 + 2/3) / 2.
  EXPECT_NEAR(dispersion_score({1, 2, 3, 4, 5}), (1 + 2.0 / 3) / 2, 1e-9);
  EXPECT_DOUBLE_EQ(dispersion_score({1, 2}), 0);
  EXPECT_LT(dispersion_score({1, 1, 2, 9, 80, 300, 900}), 0.6);
}

TEST(BeaconScore, ToldByAHistogramIsWhetherTheTimeIsFilledEvenly) {
  const std::vector<std::int64_t> even{0, 10, 20, 30, 40, 50, 60, 70};
  EXPECT_DOUBLE_EQ(histogram_score(even, 4), 1);
  const std::vector<std::int64_t> burst{0, 1, 2, 3, 4, 5, 6, 70};
  EXPECT_LT(histogram_score(burst, 4), 0.1);
  EXPECT_DOUBLE_EQ(histogram_score(std::vector<std::int64_t>{5, 5, 5}, 4), 0);
}

class BeaconTest : public WatchedTraffic {
 protected:
  // A connection of one question and its answer.
  void visit(Nanoseconds time, std::uint16_t port = 443, std::uint32_t to = kMaster, bool answered = true) {
    const std::uint16_t from = next_++;
    send({kHost, to}, VDT_IP_TCP, tcp(from, port, 2), time);
    if (!answered) return;
    send({to, kHost}, VDT_IP_TCP, tcp(port, from, 0x12), time + 1ms);
    send({kHost, to}, VDT_IP_TCP, tcp(from, port, 0x18, {}, zeros(200)), time + 2ms);
    send({kHost, to}, VDT_IP_TCP, tcp(from, port, 0x11), time + 3ms);
    send({to, kHost}, VDT_IP_TCP, tcp(port, from, 0x11), time + 4ms);
  }
  [[nodiscard]] const Finding* beacon() const {
    const auto found = std::ranges::find(over_, FindingKind::kBeacon, &Finding::kind);
    return found == over_.end() ? nullptr : &*found;
  }

  std::uint16_t next_ = 20000;
};

TEST_F(BeaconTest, IsRaisedOnceForAMinuteByMinuteCall) {
  for (int i = 0; i < 20; i++) visit(i * 60s + (i % 3) * 500ms);
  finish();
  ASSERT_NE(beacon(), nullptr);
  EXPECT_EQ(raised_by("beacon"), 1U);
  EXPECT_EQ(beacon()->severity, Severity::kMedium);
  EXPECT_EQ(prefix_text(*beacon()->source), "10.0.0.5");
  EXPECT_EQ(beacon()->port, 443);
  EXPECT_EQ(beacon()->packets, 100U);
  EXPECT_EQ(beacon()->first, 0s);
}

TEST_F(BeaconTest, IsNotSeenInAFewConnectionsNorInAPersonsVisits) {
  for (int i = 0; i < 9; i++) visit(i * 60s);
  constexpr int kVisits[] = {0, 2, 3, 9, 40, 42, 300, 301, 305, 900, 905, 1800, 1802, 1803, 2900, 2960, 3000};
  for (const int second : kVisits) visit(10000s + second * 1s, 8443);
  finish();
  EXPECT_EQ(beacon(), nullptr);
}

TEST_F(BeaconTest, IsLowWithinAPrivateNetwork) {
  for (int i = 0; i < 20; i++) visit(i * 30s, 8080, 0x0a000009);
  finish();
  ASSERT_NE(beacon(), nullptr);
  EXPECT_EQ(beacon()->severity, Severity::kLow);
}

TEST_F(BeaconTest, IsNotWhatIsRegularByDesign) {
  for (int i = 0; i < 40; i++) {
    const auto from = static_cast<std::uint16_t>(30000 + i);
    const Nanoseconds time = i * 64s;
    send({kHost, kMaster}, VDT_IP_UDP, udp(from, 123, zeros(48)), time);
    send({kMaster, kHost}, VDT_IP_UDP, udp(123, from, zeros(48)), time + 10ms);
    send({kHost, 0xe00000fb}, VDT_IP_UDP, udp(from, 6000, zeros(40)), time);
    visit(time, 22, kMaster, false);
  }
  finish();
  EXPECT_EQ(beacon(), nullptr);
}

TEST_F(BeaconTest, IsNotAConversationThatIsKeptAlive) {
  for (int i = 0; i < 40; i++) {
    send({kHost, kMaster}, VDT_IP_UDP, udp(40000, 50004, zeros(40)), i * 90s);
    send({kMaster, kHost}, VDT_IP_UDP, udp(50004, 40000, zeros(40)), i * 90s + 20ms);
  }
  finish();
  EXPECT_EQ(beacon(), nullptr);
}

TEST_F(BeaconTest, TakesNoMoreMemoryWhateverTheSources) {
  constexpr std::size_t kBound = std::size_t{64} << 20;
  for (std::uint32_t i = 0; i < 60'000; i++) {
    const Ends4 there{0x0b000000 + i, kMaster};
    send(there, VDT_IP_UDP, udp(1000, 443, zeros(20)), Nanoseconds(i * 1ms));
    send({there.dst, there.src}, VDT_IP_UDP, udp(443, 1000, zeros(20)), Nanoseconds(i * 1ms));
  }
  const std::size_t all = detection_.memory();
  finish();
  EXPECT_GT(detection_.memory(), all);
  EXPECT_LT(detection_.memory(), kBound);
}

}  // namespace
}  // namespace vedette::tests
