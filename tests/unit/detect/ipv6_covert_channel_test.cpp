#include "detect/ipv6_covert_channel.h"

#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

// Options filled up to whole eight bytes with zero padding.
Bytes destination_options(Bytes options, const Bytes& inside) {
  while ((options.size() + 2) % 8 != 0) options.push_back(0);
  return Bytes{VDT_IP_ICMPV6, static_cast<std::uint8_t>((options.size() + 2) / 8 - 1)} + options + inside;
}

Bytes option(std::uint8_t type, const Bytes& data) {
  return Bytes{type, static_cast<std::uint8_t>(data.size())} + data;
}

class Ipv6CovertChannelTest : public WatchedTraffic {
 protected:
  void ping(const Bytes& options) {
    const Bytes echo = icmp(128, 0, zeros(8));
    add(ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_DESTINATION_OPTIONS, destination_options(options, echo))),
        time_ += 10ms);
  }

  Nanoseconds time_ = 1s;
};

TEST_F(Ipv6CovertChannelTest, IsDataInOptionsOfNoMeaning) {
  ping(option(0x13, text("thirty-one letters are not much")));
  EXPECT_TRUE(raised_.empty());
  ping(option(0x13, text("!")));
  finish();
  ASSERT_EQ(raised_by("ipv6_covert_channel"), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kMedium);
  EXPECT_EQ(over_[0].score, 32);
  EXPECT_EQ(over_[0].packets, 2U);
}

TEST_F(Ipv6CovertChannelTest, IsPaddingThatIsNotZero) {
  for (int i = 0; i < 40; i++) ping(option(1, Bytes(40, 'x')));
  finish();
  ASSERT_EQ(raised_by("ipv6_covert_channel"), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kHigh);
}

TEST_F(Ipv6CovertChannelTest, IsNotWhatOptionsAreFor) {
  for (int i = 0; i < 40; i++) {
    ping(option(1, zeros(40)));
    ping(option(0xc9, Bytes(16, 0xfe)));  // home address (RFC 6275)
    ping(option(0x1e, Bytes(20, 0xfe)));  // an experiment (RFC 4727)
  }
  finish();
  EXPECT_EQ(raised_by("ipv6_covert_channel"), 0U);
}

}  // namespace
}  // namespace vedette::tests
