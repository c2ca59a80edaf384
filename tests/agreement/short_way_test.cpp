// The packet programs' short way for a known flow's next packet is taken where it should be. FlowsAgree shows
// that it counts as the long way does; that the long way alone leaves its parsed packet behind tells which
// one a frame took.
#include <gtest/gtest.h>

#include <map>

#include "tests/agreement/kernel_path_test.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

Bytes over_ipv4(std::uint8_t protocol, const Bytes& inside) {
  return ethernet(VDT_ETHER_IPV4, ipv4(protocol, inside));
}
Bytes over_ipv6(std::uint8_t protocol, const Bytes& inside) {
  return ethernet(VDT_ETHER_IPV6, ipv6(protocol, inside));
}

// BPF_PROG_TEST_RUN knows no frame without anything behind an IPv6 header's 40 bytes.
const Bytes kPayload = text("some bytes, so that no frame is short");

Bytes segment(std::uint8_t flags = VDT_TCP_ACK) {
  return tcp(40'000, 443, flags, {}, kPayload);
}
Bytes datagram(std::uint16_t port = 53) {
  return udp(40'000, port, kPayload);
}

class ShortWay : public KernelPathTest, public ::testing::WithParamInterface<Hook> {
 protected:
  void SetUp() override {
    KernelPathTest::SetUp();
    if (kernel_ && !kernel_->offers(GetParam())) GTEST_SKIP() << kCantSplit;
  }

  void run(Hook hook, const Bytes& frame) {
    const auto outcome = kernel_->run(hook, frame);
    ASSERT_TRUE(outcome) << outcome.error().text();
    ASSERT_EQ(*outcome, Outcome::kRan);
  }

  // Whether the second of two such frames takes it.
  bool is_taken(const Bytes& frame) {
    run(GetParam(), frame);
    run(GetParam(), over_ipv4(VDT_IP_ICMP, icmp(8, 0, kPayload)));
    EXPECT_EQ(kernel_->packet().core.key.protocol, VDT_IP_ICMP);
    run(GetParam(), frame);
    return kernel_->packet().core.key.protocol == VDT_IP_ICMP;
  }
};

TEST_P(ShortWay, IsTakenByAKnownFlowsNextPacket) {
  const Bytes timestamps = Bytes{1, 1, 8, 10} + zeros(8);
  EXPECT_TRUE(is_taken(over_ipv4(VDT_IP_UDP, datagram())));
  EXPECT_TRUE(is_taken(over_ipv6(VDT_IP_UDP, datagram())));
  // Of one flow, as payload that comes again is told apart at length.
  const Bytes acknowledgment = tcp(40'000, 443, VDT_TCP_ACK);
  EXPECT_TRUE(is_taken(over_ipv4(VDT_IP_TCP, acknowledgment)));
  EXPECT_TRUE(is_taken(over_ipv6(VDT_IP_TCP, acknowledgment)));
  EXPECT_TRUE(is_taken(over_ipv4(VDT_IP_TCP, tcp(40'000, 443, VDT_TCP_ACK, timestamps))));
}

TEST_P(ShortWay, IsNotTakenByWhatNeedsMore) {
  const Bytes vxlan_port = datagram(VDT_PORT_VXLAN);
  EXPECT_FALSE(is_taken(over_ipv4(VDT_IP_UDP, vxlan_port)));
  EXPECT_FALSE(is_taken(ethernet(VDT_ETHER_VLAN, vlan(7, VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, datagram())))));
  EXPECT_FALSE(is_taken(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, datagram(), {.fragment = 0x2000}))));
  for (const int flags : {int{VDT_TCP_SYN}, VDT_TCP_FIN | VDT_TCP_ACK, int{VDT_TCP_RST}})
    EXPECT_FALSE(is_taken(over_ipv4(VDT_IP_TCP, segment(static_cast<std::uint8_t>(flags))))) << flags;
  EXPECT_FALSE(is_taken(over_ipv4(VDT_IP_TCP, segment()))) << "a retransmission";
}

TEST_P(ShortWay, TellsDirectionsApart) {
  const Bytes frame = over_ipv4(VDT_IP_UDP, datagram());
  for (int times = 0; times < 3; times++) {
    run(Hook::kTcIngress, frame);
    run(Hook::kTcEgress, frame);
  }
  run(Hook::kTcEgress, frame);
  std::map<int, std::uint64_t> packets;
  kernel_->tell_flows(
      [&](const FlowGrowth& growth) { packets[growth.record->key.direction] += growth.packets; });
  EXPECT_EQ(packets, (std::map<int, std::uint64_t>{{VDT_DIRECTION_IN, 3}, {VDT_DIRECTION_OUT, 4}}));
}

INSTANTIATE_TEST_SUITE_P(Hooks, ShortWay, ::testing::ValuesIn(kAllHooks),
                         [](const auto& hook) { return std::string(hook_name(hook.param)); });

}  // namespace
}  // namespace vedette::tests
