// Each packet that the kernel accounted is told exactly once, whatever the kernel does while user space
// looks: in a table of one set, where each new flow takes another's slot.
#include <gtest/gtest.h>

#include "abi/flow_table.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

class ToldOnce : public KernelPathTest {
 protected:
  ToldOnce() : KernelPathTest(VDT_FLOW_WAYS) {}

  // A packet of each of `count` flows from number `first` on.
  void send(std::size_t first, std::size_t count) {
    for (std::size_t flow = first; flow < first + count; flow++) {
      const Bytes frame = ethernet(
          VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(static_cast<std::uint16_t>(1 + flow), 53, text("what"))));
      const auto outcome = kernel_->run(Hook::kXdp, frame);
      ASSERT_TRUE(outcome) << outcome.error().text();
      ASSERT_EQ(*outcome, Outcome::kRan);
      sent_++;
      bytes_sent_ += frame.size();
    }
  }

  void take(const FlowGrowth& growth) {
    told_ += growth.packets;
    bytes_told_ += growth.bytes;
  }

  void sweep() {
    kernel_->flow_cache().sweep([this](const FlowGrowth& growth) { take(growth); });
  }

  void expect_all_told() {
    kernel_->tell_flows([this](const FlowGrowth& growth) { take(growth); });
    EXPECT_EQ(told_, sent_);
    EXPECT_EQ(bytes_told_, bytes_sent_);
  }

  std::uint64_t sent_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_told_ = 0;
};

TEST_F(ToldOnce, WhereASlotWasReusedBeforeItWasEverLookedAt) {
  send(0, 2 * VDT_FLOW_WAYS);
  sweep();
  expect_all_told();
}

// The sweep reads a slot's new record, empties the ring first for the old one's sake, and in the middle of
// that the new one is evicted as well. Which slot that happens to is the cache's choice, so it is provoked
// again and again.
TEST_F(ToldOnce, WhereASlotIsReusedAgainWhileTheRingIsEmptied) {
  constexpr std::size_t kRounds = 3 * VDT_FLOW_WAYS;
  send(0, VDT_FLOW_WAYS);
  sweep();
  send(0, VDT_FLOW_WAYS);
  std::size_t next = VDT_FLOW_WAYS;
  for (std::size_t rounds = 0; rounds <= kRounds; next++) {
    send(next, 1);
    kernel_->flow_cache().sweep([&](const FlowGrowth& growth) {
      take(growth);
      if (rounds++ > kRounds) return;
      send(++next, 2);
      next++;
    });
  }
  expect_all_told();
}

// A record is read while the program writes it: the packet may be there and its bytes not yet.
TEST_F(ToldOnce, WhereBytesWereWrittenAfterTheirPacketWasRead) {
  send(0, 1);
  sweep();
  const MappedArray& sets = kernel_->flow_sets();
  vdt_flow_record* record = nullptr;
  for (std::uint32_t set = 0; set < sets.entries(); set++)
    for (std::size_t way = 0; way < VDT_FLOW_WAYS; way++)
      if (sets.at<vdt_flow_set>(set)->tags[way] != 0) record = &sets.at<vdt_flow_set>(set)->records[way];
  ASSERT_NE(record, nullptr);
  record->packets++;
  sweep();
  record->bytes += 100;
  sent_++;
  bytes_sent_ += 100;
  expect_all_told();
}

}  // namespace
}  // namespace vedette::tests
