// A frame that stands for several packets is counted as those: each with headers of its own, all but the last
// full.
#include <gtest/gtest.h>

#include "tests/agreement/kernel_path_test.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

constexpr std::size_t kHeaders = 14 + 20 + 8;

class SuperFrames : public KernelPathTest, public ::testing::WithParamInterface<Hook> {
 protected:
  // The record after `times` of a frame with so much payload.
  vdt_flow_record record_after(int times, std::size_t payload, const SuperFrame& super_frame) {
    kernel_->forget();
    const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(40'000, 443, zeros(payload))));
    for (int time = 0; time < times; time++) {
      const auto outcome = kernel_->run(GetParam(), frame, super_frame);
      EXPECT_TRUE(outcome && *outcome == Outcome::kRan);
    }
    vdt_flow_record record{};
    kernel_->tell_flows([&](const FlowGrowth& growth) { record = *growth.record; });
    return record;
  }
};

TEST_P(SuperFrames, CountAsTheirPackets) {
  // The first goes the long way, the next ones the short one.
  for (const int times : {1, 3}) {
    for (const std::uint32_t told : {3U, 0U}) {
      const vdt_flow_record record = record_after(times, 2'500, {.segments = told, .size = 1'000});
      EXPECT_EQ(record.packets, 3U * times);
      EXPECT_EQ(record.bytes, (3 * kHeaders + 2'500) * times);
      EXPECT_EQ(record.max_length, kHeaders + 1'000);
      EXPECT_EQ(record.min_length, kHeaders + 500);
    }
  }
}

TEST_P(SuperFrames, OfWhichAllAreFullHaveOneLength) {
  const vdt_flow_record record = record_after(2, 3'000, {.segments = 3, .size = 1'000});
  EXPECT_EQ(record.packets, 6U);
  EXPECT_EQ(record.max_length, kHeaders + 1'000);
  EXPECT_EQ(record.min_length, kHeaders + 1'000);
}

INSTANTIATE_TEST_SUITE_P(Tc, SuperFrames, ::testing::Values(Hook::kTcIngress, Hook::kTcEgress),
                         [](const auto& hook) { return std::string(hook_name(hook.param)); });

}  // namespace
}  // namespace vedette::tests
