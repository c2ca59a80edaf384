// Each packet that the kernel accounted is told exactly once, whatever the kernel does while user space
// looks: in a table of one set, where each new flow takes another's slot.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

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
      const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(port_of(flow), 53, text("what"))));
      const auto outcome = kernel_->run(Hook::kXdp, frame);
      ASSERT_TRUE(outcome) << outcome.error().text();
      ASSERT_EQ(*outcome, Outcome::kRan);
      sent_++;
      bytes_sent_ += frame.size();
    }
  }

  [[nodiscard]] static std::uint16_t port_of(std::size_t flow) {
    return static_cast<std::uint16_t>(1 + flow);
  }

  [[nodiscard]] bool has_record(std::uint16_t port) const {
    const MappedArray& sets = kernel_->flow_sets();
    for (std::uint32_t set = 0; set < sets.entries(); set++)
      for (const vdt_flow_record& record : sets.at<vdt_flow_set>(set)->records)
        if (record.key.src_port == port) return true;
    return false;
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

// While it lives the telemetry ring seems empty to its reader, as behind a record that is being written.
class UnreadableRing {
 public:
  explicit UnreadableRing(KernelPath& kernel) {
    const auto ring = kernel.programs().map_fd("telemetry");
    if (!ring) throw std::runtime_error(ring.error().text());
    consumer_ = position(*ring, PROT_READ | PROT_WRITE, 0);
    producer_ = position(*ring, PROT_READ, page());
    kept_ = std::exchange(*consumer_, *producer_);
  }
  UnreadableRing(const UnreadableRing&) = delete;
  UnreadableRing& operator=(const UnreadableRing&) = delete;
  ~UnreadableRing() {
    *consumer_ = kept_;
    munmap(consumer_, page());
    munmap(producer_, page());
  }

 private:
  static std::size_t page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

  static unsigned long* position(int ring, int rights, std::size_t offset) {
    void* at = mmap(nullptr, page(), rights, MAP_SHARED, ring, static_cast<off_t>(offset));
    if (at == MAP_FAILED) throw std::runtime_error(std::strerror(errno));
    return static_cast<unsigned long*>(at);
  }

  unsigned long* consumer_;
  unsigned long* producer_;
  unsigned long kept_;
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

// The same, where the new flow had another packet before it was evicted: the ring tells more than the sweep
// read.
TEST_F(ToldOnce, WhereARecordGrowsAndIsEvictedWhileTheRingIsEmptied) {
  constexpr std::size_t kNew = VDT_FLOW_WAYS;
  send(0, kNew);
  sweep();
  send(0, kNew);
  send(kNew, 1);
  bool meanwhile = false;
  kernel_->flow_cache().sweep([&](const FlowGrowth& growth) {
    take(growth);
    const bool is_from_ring = !has_record(growth.record->key.src_port);
    if (!is_from_ring || std::exchange(meanwhile, true)) return;
    send(kNew, 1);
    for (std::size_t next = kNew + 1; has_record(port_of(kNew)) && next < 50'000; next++) send(next, 1);
    EXPECT_FALSE(has_record(port_of(kNew))) << "nothing was tested";
  });
  EXPECT_TRUE(meanwhile);
  expect_all_told();
}

// Another CPU has begun a record in the ring, and readers stop before it: ends of flows stand behind it while
// their slots have new flows already.
TEST_F(ToldOnce, WhereTheRingCantBeReadToItsEnd) {
  send(0, VDT_FLOW_WAYS);
  sweep();
  send(0, VDT_FLOW_WAYS);
  send(VDT_FLOW_WAYS, VDT_FLOW_WAYS);
  {
    const UnreadableRing unreadable(*kernel_);
    sweep();
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
