// Slots of interfaces that come and go: none is counted with another's packets, and no packet leaves the
// total.
#include "kernel/interface_counters.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <optional>

#include "abi/work.h"
#include "base/file_descriptor.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

constexpr std::uint32_t kCpus = 3;

class InterfaceCountersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
    map_ = FileDescriptor(bpf_map_create(BPF_MAP_TYPE_ARRAY, "work", sizeof(std::uint32_t), sizeof(vdt_work),
                                         vdt_work_entries(kCpus), &options));
    ASSERT_TRUE(map_);
    auto counters = InterfaceCounters::map(map_.get(), kCpus);
    auto as_programs = MappedArray::map(map_.get(), sizeof(vdt_work));
    ASSERT_TRUE(counters) << counters.error().text();
    ASSERT_TRUE(as_programs) << as_programs.error().text();
    counters_.emplace(std::move(*counters));
    programs_ = std::move(*as_programs);
  }

  // What a program does for packets on a CPU, one of each three lost and one not IP.
  void count(int ifindex, std::uint32_t cpu, std::uint64_t thirds) {
    vdt_counters& here =
        programs_.at<vdt_work>(vdt_counters_slot(static_cast<std::uint32_t>(ifindex), cpu, kCpus))->counters;
    vdt_direction_counters& in = here.direction[VDT_DIRECTION_IN];
    in.packets += 3 * thirds;
    in.bytes += 300 * thirds;
    in.lost_packets += thirds;
    in.not_ip_packets += thirds;
    here.malformed[VDT_MALFORMED_IP_LENGTH] += thirds;
    here.flows_evicted += thirds;
    here.fragments_unknown += thirds;
  }

  FileDescriptor map_;
  std::optional<InterfaceCounters> counters_;
  MappedArray programs_;
};

void expect_thirds(const vdt_counters& counters, std::uint64_t thirds) {
  const vdt_direction_counters& in = counters.direction[VDT_DIRECTION_IN];
  EXPECT_EQ(in.packets, 3 * thirds);
  EXPECT_EQ(in.bytes, 300 * thirds);
  EXPECT_EQ(in.lost_packets, thirds);
  EXPECT_EQ(in.not_ip_packets, thirds);
  EXPECT_EQ(counters.malformed[VDT_MALFORMED_IP_LENGTH], thirds);
  EXPECT_EQ(counters.flows_evicted, thirds);
  EXPECT_EQ(counters.fragments_unknown, thirds);
  EXPECT_EQ(counters.direction[VDT_DIRECTION_OUT].packets, 0U);
}

TEST_F(InterfaceCountersTest, AddUpOverCpusAndInterfaces) {
  counters_->begin(3);
  counters_->begin(4);
  for (std::uint32_t cpu = 0; cpu < kCpus; cpu++) count(3, cpu, cpu + 1);
  count(4, 2, 10);
  expect_thirds(counters_->of(3), 6);
  expect_thirds(counters_->of(4), 10);
  expect_thirds(counters_->total(), 16);
}

TEST_F(InterfaceCountersTest, BeginAtZeroInASlotThatAnotherHadAndKeepTheTotal) {
  constexpr int kOld = 5, kNew = kOld + VDT_INTERFACE_SLOTS, kNewer = kNew + VDT_INTERFACE_SLOTS;
  counters_->begin(kOld);
  count(kOld, 0, 7);
  count(kOld, 1, 1);
  counters_->begin(kNew);
  expect_thirds(counters_->of(kNew), 0);
  expect_thirds(counters_->total(), 8);
  count(kNew, 1, 2);
  expect_thirds(counters_->of(kNew), 2);
  expect_thirds(counters_->total(), 10);
  counters_->begin(kNewer);
  expect_thirds(counters_->of(kNewer), 0);
  expect_thirds(counters_->total(), 10);
}

TEST_F(InterfaceCountersTest, GoOnForAnInterfaceThatComesBackToItsSlot) {
  counters_->begin(9);
  count(9, 0, 4);
  counters_->begin(9);
  expect_thirds(counters_->of(9), 4);
  // A daemon that resumes maps the same memory.
  const auto resumed = InterfaceCounters::map(map_.get(), kCpus);
  ASSERT_TRUE(resumed);
  expect_thirds(resumed->of(9), 4);
  expect_thirds(resumed->total(), 4);
}

}  // namespace
}  // namespace vedette::tests
