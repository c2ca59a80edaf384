// Which packets' heads the kernel tells, and what bounds them: due = told + over budget + ring full.
#include <gtest/gtest.h>

#include <map>

#include "abi/verdict.h"
#include "kernel/packet_heads.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/first_bytes/told_packets.h"

namespace vedette::tests {
namespace {

class PacketHeadsTest : public KernelPathTest {
 protected:
  void open(const PacketHeadOptions& options = {}) {
    auto opened = PacketHeads::open(kernel_->programs(), options);
    ASSERT_TRUE(opened) << opened.error().text();
    heads_ = std::move(*opened);
  }
  void TearDown() override { heads_.reset(); }

  void run(const Bytes& frame) {
    const auto outcome = kernel_->run(hook_, frame);
    ASSERT_TRUE(outcome) << outcome.error().text();
    ASSERT_EQ(*outcome, Outcome::kRan);
  }
  // Why each head was told since the last call, and its bytes.
  std::vector<std::pair<int, Bytes>> told() {
    std::vector<std::pair<int, Bytes>> all;
    while (heads_->drain([&](const vdt_packet_head& head, std::span<const std::uint8_t> bytes) {
      EXPECT_EQ(head.slot == VDT_NO_SLOT, head.why == VDT_HEAD_DROPPED || !is_ip_);
      all.emplace_back(head.why, Bytes(bytes.begin(), bytes.end()));
    })) {
    }
    return all;
  }
  std::size_t told_of(const Bytes& frame) {
    run(frame);
    return told().size();
  }
  [[nodiscard]] const vdt_first_counters& counted() const { return kernel_->counters().heads; }

  Hook hook_ = Hook::kXdp;
  bool is_ip_ = true;
  std::unique_ptr<PacketHeads> heads_;
};

Bytes arp_reply() {
  return ethernet(VDT_ETHER_ARP, be16(1) + be16(VDT_ETHER_IPV4) + Bytes{6, 4} + be16(2) +
                                     Bytes{2, 0, 0, 0, 0, 1, 192, 0, 2, 1, 2, 0, 0, 0, 0, 2, 192, 0, 2, 2});
}

Bytes echo(std::size_t data) {
  return ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_ICMP, icmp(8, 0, zeros(data))));
}

Bytes bare_ack(std::uint32_t sequence) {
  return frame_of({.sequence = sequence});
}

TEST_F(PacketHeadsTest, AreThoseOfOddPacketsHoweverManyCome) {
  for (const Hook hook : kAllHooks) {
    if (!kernel_->offers(hook)) continue;
    SCOPED_TRACE(hook_name(hook));
    hook_ = hook;
    open({.flow_packets = 1});
    is_ip_ = false;
    for (int i = 0; i < 3; i++) {
      run(arp_reply());
      const auto heads = told();
      ASSERT_EQ(heads.size(), 1U);
      EXPECT_EQ(heads[0], std::pair(int{VDT_HEAD_ODD}, arp_reply()));
    }
    is_ip_ = true;
    const Bytes fragment = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, zeros(40), {.fragment = 3}));
    const Bytes redirect = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_ICMP, icmp(5, 0, zeros(28))));
    const Bytes options = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 9, {}), {.options = zeros(8)}));
    for (const Bytes& frame : {fragment, redirect, options})
      for (int i = 0; i < 3; i++) EXPECT_EQ(told_of(frame), 1U);
    heads_.reset();
    kernel_->forget();
  }
}

TEST_F(PacketHeadsTest, AreThoseOfEachDirectionsFirstPackets) {
  open({.flow_packets = 3});
  std::vector<int> why;
  for (std::uint32_t i = 0; i < 20; i++) {
    run(bare_ack(1));
    for (const auto& [one, bytes] : told()) why.push_back(one);
  }
  EXPECT_EQ(why, (std::vector<int>{VDT_HEAD_BEGINS, VDT_HEAD_FLOW, VDT_HEAD_FLOW}));
  EXPECT_EQ(told_of(frame_of({.sequence = 7, .reply = true})), 1U);
  // A connection that begins on them.
  EXPECT_EQ(told_of(frame_of({.sequence = 900, .flags = VDT_TCP_SYN})), 1U);
}

TEST_F(PacketHeadsTest, OfEchoesAreEightTimesAsMany) {
  open({.flow_packets = 2});
  std::size_t heads = 0;
  for (int i = 0; i < 40; i++) heads += told_of(echo(56));
  EXPECT_EQ(heads, 2U * VDT_HEAD_OTHERS);
}

TEST_F(PacketHeadsTest, HoldWhatTheirKindNeeds) {
  open();
  const std::map<int, std::pair<Bytes, std::size_t>> frames{
      {0, {bare_ack(1) + zeros(1000), VDT_HEAD_BYTES}},
      {1, {ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, zeros(1400), {.fragment = 3})), VDT_HEAD_ODD_BYTES}},
      {2, {echo(1400), 14 + 20 + 8 + 1400}}};
  for (const auto& [number, frame] : frames) {
    run(frame.first);
    const auto heads = told();
    ASSERT_EQ(heads.size(), 1U) << number;
    EXPECT_EQ(heads[0].second.size(), frame.second) << number;
    EXPECT_TRUE(std::ranges::equal(heads[0].second, std::span(frame.first).first(frame.second))) << number;
  }
}

// What is told as first bytes isn't told again.
TEST_F(PacketHeadsTest, AreNotThoseOfFirstBytes) {
  auto first = FirstBytes::open(kernel_->programs(), {.packets = 1});
  ASSERT_TRUE(first) << first.error().text();
  open();
  EXPECT_EQ(told_of(datagram(1000, 9, "x")), 0U);
  EXPECT_EQ(told_of(datagram(1000, 9, "x")), 1U);
  EXPECT_EQ(kernel_->counters().first.told, 1U);
}

TEST_F(PacketHeadsTest, OfOneReasonLeaveTheOthersTheirBudget) {
  open({.packets_a_second = 1});
  for (std::uint16_t flow = 0; flow < 200; flow++)
    run(datagram(static_cast<std::uint16_t>(1000 + flow), 9, "x"));
  const std::size_t heads = told().size();
  EXPECT_GE(heads, 1U);
  EXPECT_LT(heads, 10U) << "the test would have taken as many seconds";
  EXPECT_EQ(counted().due, 200U);
  EXPECT_EQ(counted().told, heads);
  EXPECT_EQ(counted().over_budget, 200U - heads);
  is_ip_ = false;
  EXPECT_EQ(told_of(arp_reply()), 1U);
}

TEST_F(PacketHeadsTest, ThatFindTheRingFullAreCounted) {
  open({.ring_bytes = 4096});
  for (std::uint16_t flow = 0; flow < 100; flow++)
    run(datagram(static_cast<std::uint16_t>(1000 + flow), 9, "x"));
  EXPECT_GT(counted().ring_full, 0U);
  EXPECT_EQ(counted().due, counted().told + counted().ring_full);
  EXPECT_EQ(told().size(), counted().told);
}

TEST_F(PacketHeadsTest, AreToldByNobodyAfterTheEnd) {
  open();
  heads_.reset();
  run(arp_reply());
  EXPECT_EQ(counted().due, 0U);
}

TEST_F(PacketHeadsTest, RefuseOptionsThatMeanNothing) {
  for (const PacketHeadOptions& options : {PacketHeadOptions{.flow_packets = VDT_HEAD_PACKETS_MAX + 1},
                                           PacketHeadOptions{.packets_a_second = 0}}) {
    const auto opened = PacketHeads::open(kernel_->programs(), options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kUnusable);
  }
}

}  // namespace
}  // namespace vedette::tests
