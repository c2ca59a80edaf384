// Slots of interfaces that come and go: none is counted with another's packets, and no packet leaves the
// total.
#include "kernel/interface_counters.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "abi/work.h"
#include "base/file_descriptor.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

constexpr std::uint32_t kCpus = 3, kSlots = 4;

class InterfaceCountersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    config_.cpus = kCpus;
    config_.slots_mask = kSlots - 1;
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
    map_ = FileDescriptor(bpf_map_create(BPF_MAP_TYPE_ARRAY, "work", sizeof(std::uint32_t), sizeof(vdt_work),
                                         vdt_work_entries(config_.slots_mask, kCpus), &options));
    ASSERT_TRUE(map_);
    auto counters = InterfaceCounters::map(map_.get(), config_);
    ASSERT_TRUE(counters) << counters.error().text();
    counters_.emplace(std::move(*counters));
    auto programs = MappedArray::map(map_.get(), sizeof(vdt_work));
    ASSERT_TRUE(programs) << programs.error().text();
    programs_ = std::move(*programs);
  }

  bool begin(int ifindex) {
    there_.insert(ifindex);
    return counters_->begin(ifindex, [this](int other) { return there_.contains(other); });
  }
  void goes(int ifindex) { there_.erase(ifindex); }

  // What a program does for packets on a CPU, one of each three lost and one not IP.
  void count(int ifindex, std::uint32_t cpu, std::uint64_t thirds) {
    const std::uint32_t slot = vdt_counters_slot(static_cast<std::uint32_t>(ifindex), config_.slots_mask);
    vdt_counters& here = programs_.at<vdt_work>(vdt_counters_element(slot, cpu, kCpus))->counters;
    vdt_direction_counters& in = here.direction[VDT_DIRECTION_IN];
    in.packets += 3 * thirds;
    in.bytes += 300 * thirds;
    in.lost_packets += thirds;
    in.not_ip_packets += thirds;
    here.malformed[VDT_MALFORMED_IP_LENGTH] += thirds;
    here.flows_evicted += thirds;
    here.fragments_unknown += thirds;
  }

  vdt_config config_{};
  FileDescriptor map_;
  std::optional<InterfaceCounters> counters_;
  MappedArray programs_;
  std::set<int> there_;
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
  EXPECT_TRUE(begin(3));
  EXPECT_TRUE(begin(4));
  for (std::uint32_t cpu = 0; cpu < kCpus; cpu++) count(3, cpu, cpu + 1);
  count(4, 2, 10);
  expect_thirds(counters_->of(3), 6);
  expect_thirds(counters_->of(4), 10);
  expect_thirds(counters_->total(), 16);
}

TEST_F(InterfaceCountersTest, GiveTheSlotOfOneThatHasGoneToAnotherAndKeepTheTotal) {
  constexpr int kOld = 5, kNew = kOld + kSlots, kNewer = kNew + kSlots;
  EXPECT_TRUE(begin(kOld));
  count(kOld, 0, 7);
  count(kOld, 1, 1);
  goes(kOld);
  expect_thirds(counters_->of(kOld), 8);
  EXPECT_TRUE(begin(kNew));
  expect_thirds(counters_->of(kNew), 0);
  expect_thirds(counters_->total(), 8);
  count(kNew, 1, 2);
  expect_thirds(counters_->of(kNew), 2);
  expect_thirds(counters_->total(), 10);
  goes(kNew);
  counters_->end(kNew);
  counters_->end(kOld);  // whose slot it is no more
  expect_thirds(counters_->total(), 10);
  EXPECT_TRUE(begin(kNewer));
  expect_thirds(counters_->of(kNewer), 0);
  expect_thirds(counters_->total(), 10);
}

TEST_F(InterfaceCountersTest, CountTogetherWhereBothAreThere) {
  constexpr int kOne = 6, kOther = kOne + kSlots;
  EXPECT_TRUE(begin(kOne));
  EXPECT_FALSE(begin(kOther));
  count(kOne, 0, 3);
  count(kOther, 0, 4);
  expect_thirds(counters_->of(kOne), 7);
  expect_thirds(counters_->of(kOther), 7);
  expect_thirds(counters_->total(), 7);
}

TEST_F(InterfaceCountersTest, GoOnForADaemonThatResumes) {
  EXPECT_TRUE(begin(9));
  count(9, 0, 4);
  auto resumed = InterfaceCounters::map(map_.get(), config_);
  ASSERT_TRUE(resumed);
  EXPECT_TRUE(resumed->begin(9, [](int) { return false; }));
  expect_thirds(resumed->of(9), 4);
  expect_thirds(resumed->total(), 4);
}

TEST(InterfaceSlots, AreManyWhereCpusAreFewAndNeverLessThanTheLeast) {
  EXPECT_EQ(InterfaceCounters::slots_mask_for(1), 2047U);
  EXPECT_GE(InterfaceCounters::slots_mask_for(64), 127U);
  EXPECT_EQ(InterfaceCounters::slots_mask_for(8192), VDT_INTERFACE_SLOTS - 1U);
}

}  // namespace
}  // namespace vedette::tests
