// What bounds first bytes: a CPU's budget and the ring. Whatever either keeps back is counted: due = told +
// over budget + ring full.
#include <gtest/gtest.h>

#include "tests/first_bytes/told_packets.h"

namespace vedette::tests {
namespace {

using FirstBytesBudget = FirstBytesTest;

constexpr std::uint16_t kFlows = 200;

TEST_F(FirstBytesBudget, OfPacketsIsKept) {
  // A packet a second, of which none is saved up beyond the first.
  open({.packets_a_second = 1});
  for (std::uint16_t flow = 0; flow < kFlows; flow++)
    run(datagram(static_cast<std::uint16_t>(1000 + flow), 9, "x"));
  const std::size_t packets = told().size();
  EXPECT_GE(packets, 1U);
  EXPECT_LT(packets, 10U) << "the test would have taken as many seconds";
  EXPECT_EQ(counted().due, kFlows);
  EXPECT_EQ(counted().told, packets);
  EXPECT_EQ(counted().over_budget, kFlows - packets);
}

TEST_F(FirstBytesBudget, OfBytesIsKept) {
  open({.kibibytes_a_second = 1});
  for (std::uint16_t flow = 0; flow < kFlows; flow++)
    run(frame_of(
        {.sequence = 1, .payload = zeros(1400), .client_port = static_cast<std::uint16_t>(1000 + flow)}));
  const std::size_t packets = told().size();
  EXPECT_GE(packets, 1U);
  EXPECT_LT(packets, 10U) << "the test would have taken as many seconds";
  EXPECT_EQ(counted().due, kFlows);
  EXPECT_EQ(counted().over_budget, kFlows - packets);
}

TEST_F(FirstBytesBudget, IsFilledAgainByTime) {
  open({.packets_a_second = 1000});
  std::uint16_t flow = 0;
  while (counted().over_budget == 0) run(datagram(++flow, 9, "x"));
  const std::uint64_t before = counted().told;
  timespec moment{0, 50'000'000};
  nanosleep(&moment, nullptr);
  run(datagram(++flow, 9, "x"));
  EXPECT_EQ(counted().told, before + 1);
}

// A flow whose packet was kept back is a packet nearer to its end all the same.
TEST_F(FirstBytesBudget, IsNotWaitedForByAFlow) {
  open({.packets = 4, .packets_a_second = 1});
  for (std::uint32_t number = 0; number < 50; number++)
    run(frame_of({.sequence = 1 + number, .payload = text("x")}));
  EXPECT_EQ(counted().due, 4U);
}

TEST_F(FirstBytesBudget, WhatFindsTheRingFullIsCounted) {
  open({.ring_bytes = 4096});
  for (std::uint16_t flow = 0; flow < kFlows; flow++)
    run(datagram(static_cast<std::uint16_t>(1000 + flow), 9, "x"));
  EXPECT_GT(counted().ring_full, 0U);
  EXPECT_EQ(counted().due, counted().told + counted().ring_full);
  EXPECT_EQ(told().size(), counted().told);
  // There is room again.
  const std::uint64_t before = counted().told;
  run(datagram(999, 9, "x"));
  EXPECT_EQ(counted().told, before + 1);
}

TEST_F(FirstBytesBudget, RefusesOptionsThatMeanNothing) {
  const std::vector<FirstBytesOptions> wrong{
      {.packets = VDT_FIRST_CREDIT + 1},
      {.bytes = 0},
      {.endless_ports = std::vector<std::uint16_t>(VDT_ENDLESS_PORTS + 1)},
      {.packets_a_second = 0}};
  for (const FirstBytesOptions& options : wrong) {
    const auto opened = FirstBytes::open(kernel_->programs(), options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kUnusable);
  }
}

// A packet counts once whether its flow's bytes are told or not; and a long one is told as far as it goes.
TEST_F(FirstBytesBudget, OfASuperFrameTheFirstSixteenKibibytesAreTold) {
  open({.bytes = 64 * 1024});
  hook_ = Hook::kXdpFrags;
  const Bytes frame = frame_of({.sequence = 1, .payload = zeros(40'000)});
  run(frame);
  const auto packets = told();
  ASSERT_EQ(packets.size(), 1U);
  EXPECT_EQ(packets[0].bytes, Bytes(frame.begin(), frame.begin() + 54 + VDT_FIRST_PAYLOAD_MAX));
  EXPECT_EQ(packets[0].event.length, frame.size());
}

}  // namespace
}  // namespace vedette::tests
