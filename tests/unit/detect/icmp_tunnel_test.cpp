#include "detect/icmp_tunnel.h"

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Ends4 kAsks{0x0a000005, 0xc6336402}, kAnswers{0xc6336402, 0x0a000005};

Bytes counting(std::uint8_t from, std::size_t count) {
  Bytes bytes;
  for (std::size_t i = 0; i < count; i++) bytes.push_back(static_cast<std::uint8_t>(from + i));
  return bytes;
}

Bytes noise(std::uint32_t seed, std::size_t count) {
  Bytes bytes;
  for (std::size_t i = 0; i < count; i++) {
    seed = seed * 1664525U + 1013904223U;
    bytes.push_back(static_cast<std::uint8_t>(seed >> 16));
  }
  return bytes;
}

// A whole IPv4 packet with a right checksum of its header.
Bytes ip_packet(std::size_t payload) {
  Bytes packet = ipv4(VDT_IP_UDP, udp(1, 2, zeros(payload)));
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2) sum += static_cast<std::uint32_t>(packet[i] << 8 | packet[i + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  const Bytes checksum = be16(~sum & 0xffff);
  std::ranges::copy(checksum, packet.begin() + 10);
  return packet;
}

class IcmpTunnelTest : public WatchedTraffic {
 protected:
  void echo(std::uint16_t number, const Bytes& data, const Bytes& answer) {
    const auto at = Nanoseconds(number * 1s);
    send(kAsks, VDT_IP_ICMP, Bytes{8, 0, 0, 0} + be16(7) + be16(number) + data, at);
    send(kAnswers, VDT_IP_ICMP, Bytes{0, 0, 0, 0} + be16(7) + be16(number) + answer, at + 10ms);
  }
};

TEST(PingData, IsWhatPingToolsFillIn) {
  EXPECT_TRUE(is_ping_data(noise(1, 16) + counting(0x10, 40)));         // Linux
  EXPECT_TRUE(is_ping_data(noise(1, 8) + counting(0x08, 48)));          // BSD
  EXPECT_TRUE(is_ping_data(text("abcdefghijklmnopqrstuvwabcdefghi")));  // Windows
  EXPECT_TRUE(is_ping_data(zeros(1472)));                               // fping
  EXPECT_TRUE(is_ping_data(noise(1, 8) + Bytes(112, 'X')));             // hping3
  EXPECT_TRUE(is_ping_data(text("SMOKEPING SMOKEPING SMOKEPING SMOKEPING")));
  EXPECT_FALSE(is_ping_data(noise(1, 64)));
  EXPECT_FALSE(is_ping_data(text("SSH-2.0-OpenSSH_5.3 and whatever else there is to say")));
}

TEST_F(IcmpTunnelTest, IsNoPing) {
  for (std::uint16_t i = 1; i < 100; i++) {
    const Bytes data = noise(i, 16) + counting(0x10, 40 + i * 8U);
    echo(i, data, data);
  }
  finish();
  EXPECT_EQ(raised_by("icmp_tunnel"), 0U);
}

TEST_F(IcmpTunnelTest, IsIpPacketsInEchoes) {
  echo(1, ip_packet(100), ip_packet(100));
  EXPECT_TRUE(raised_.empty());
  echo(2, ip_packet(80), ip_packet(80));
  finish();
  ASSERT_EQ(raised_by("icmp_tunnel"), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kMedium);
  EXPECT_EQ(over_[0].score, 4);
}

TEST_F(IcmpTunnelTest, IsAnswersWithOtherDataThanAskedFor) {
  for (std::uint16_t i = 1; i < 3; i++) echo(i, noise(i, 40), noise(i + 50U, 90));
  EXPECT_TRUE(raised_.empty());
  echo(3, noise(3, 40), noise(53, 90));
  finish();
  ASSERT_EQ(raised_by("icmp_tunnel"), 1U);
  EXPECT_EQ(over_[0].score, 3);
}

TEST_F(IcmpTunnelTest, IsAnswersThatNobodyAskedFor) {
  echo(1, noise(1, 40), noise(1, 40));
  for (std::uint16_t i = 2; i < 5; i++)
    send(kAnswers, VDT_IP_ICMP, Bytes{0, 0, 0, 0} + be16(7) + be16(1) + noise(i, 900), i * 1s);
  finish();
  EXPECT_EQ(raised_by("icmp_tunnel"), 1U);
}

TEST_F(IcmpTunnelTest, IsNotAHostThatSendsBackTheBeginningAlone) {
  for (std::uint16_t i = 1; i < 30; i++) {
    const Bytes data = noise(i, 1000);
    echo(i, data, Bytes(data.begin(), data.begin() + 64));
  }
  finish();
  EXPECT_EQ(raised_by("icmp_tunnel"), 0U);
}

TEST_F(IcmpTunnelTest, IsNotAMonitorThatFillsInWhatItLikes) {
  for (std::uint16_t i = 1; i < 60; i++) echo(i, noise(i, 64), noise(i, 64));
  finish();
  EXPECT_EQ(raised_by("icmp_tunnel"), 0U);
}

TEST_F(IcmpTunnelTest, IsDataOfManyLengths) {
  for (std::uint16_t i = 1; i < 20; i++) echo(i, noise(i, 24 + i * 20U), noise(i, 24 + i * 20U));
  finish();
  EXPECT_EQ(raised_by("icmp_tunnel"), 1U);
}

}  // namespace
}  // namespace vedette::tests
