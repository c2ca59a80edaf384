// Watchers with their tellers, ring and slots, behind a packet program of the test's own: what is told is
// what the filters match, byte by byte, and what could not be told is counted.
#include "watch/watchers.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <map>

#include "abi/packet.h"
#include "entry.bpf.h"
#include "tests/requirements.h"
#include "tests/watch/frames.h"
#include "tests/watch/kernel_filter.h"

namespace vedette::tests {
namespace {

constexpr std::uint32_t kAction = 5;  // of entry.bpf.c
constexpr std::uint8_t kVerdict = 3;

struct Told {
  vdt_watched_packet facts{};
  Frame bytes;
};

class WatchersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    Result<BpfObject> entry = BpfObject::open("entry", objects::entry());
    ASSERT_TRUE(entry) << entry.error().text();
    entry_.emplace(std::move(*entry));
    const Result<void> loaded = entry_->load();
    ASSERT_TRUE(loaded) << loaded.error().text();
    open();
  }

  void open() {
    watchers_.reset();
    const HandoverMaps maps{*entry_->map_fd("watch_handover"), *entry_->map_fd("watch_xdp"),
                            *entry_->map_fd("watch_xdp_frags"), *entry_->map_fd("watch_tc")};
    Result<std::unique_ptr<Watchers>> opened =
        Watchers::open(maps, [this](bool watched) { active_ = watched; });
    ASSERT_TRUE(opened) << opened.error().text();
    watchers_ = std::move(*opened);
  }

  WatchId add(const std::string& filter, const WatchOptions& options = {}) {
    const Result<WatchId> added = watchers_->add(filter, options);
    EXPECT_TRUE(added) << added.error().text();
    return added.value_or(WatchId{0});
  }

  // The return code of the packet's whole way.
  std::uint32_t send(Hook hook, const Frame& frame, std::optional<TakenTag> tag = std::nullopt,
                     int repeat = 1) {
    const char* name = hook == Hook::kXdp ? "enter_xdp" : hook == Hook::kTc ? "enter_tc" : "enter_xdp_frags";
    __sk_buff context{};
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<__u32>(frame.size());
    options.repeat = repeat;
    if (hook == Hook::kTc) {
      if (tag) {
        context.cb[0] = __builtin_bswap16(tag->protocol);
        context.cb[1] = tag->tci;
      }
      options.ctx_in = &context;
      options.ctx_size_in = sizeof(context);
    }
    if (bpf_prog_test_run_opts(*entry_->program_fd(name), &options) != 0) return 0;
    return options.retval;
  }

  std::map<WatchId, std::vector<Told>> drain(std::size_t limit = 1'000'000) {
    std::map<WatchId, std::vector<Told>> told;
    watchers_->drain(
        [&](WatchId id, const vdt_watched_packet& packet, std::span<const std::uint8_t> bytes) {
          told[id].push_back({packet, Frame(bytes.begin(), bytes.end())});
        },
        limit);
    return told;
  }

  std::optional<BpfObject> entry_;
  bool active_ = false;
  std::unique_ptr<Watchers> watchers_;
};

Frame a_frame(std::size_t size) {
  Frame frame = made_frames().back();
  frame.resize(size);
  return frame;
}

TEST_F(WatchersTest, TellEachPacketToThoseWhoseFilterItMatches) {
  const char* const filters[] = {"", "tcp", "udp port 53 or arp", "vlan and ip6",
                                 "host 10.1.2.3 and len > 60"};
  std::vector<WatchId> ids;
  for (const char* filter : filters) ids.push_back(add(filter));
  EXPECT_TRUE(active_);
  for (const Hook hook : kHooks) {
    std::vector<Frame> sent;
    for (const Frame& frame : made_frames()) {
      if (const std::uint32_t action = send(hook, frame); action != 0) {
        EXPECT_EQ(action, kAction);
        sent.push_back(frame);
      }
    }
    EXPECT_GT(sent.size(), 40U);
    const auto told = drain();
    for (std::size_t at = 0; at < std::size(filters); ++at) {
      const ClassicProgram program = *compile_filter(filters[at]);
      std::vector<Frame> expected;
      for (const Frame& frame : sent) {
        // A frame of more than a page is given to XDP without frags as its first page alone.
        const std::size_t size =
            hook == Hook::kXdp ? std::min<std::size_t>(frame.size(), 3520) : frame.size();
        if (size != frame.size()) continue;
        if (interpret(program, frame, static_cast<std::uint32_t>(frame.size()))) expected.push_back(frame);
      }
      std::vector<Frame> found;
      if (const auto packets = told.find(ids[at]); packets != told.end()) {
        for (const Told& packet : packets->second) {
          EXPECT_EQ(packet.facts.length, packet.bytes.size());
          EXPECT_EQ(packet.facts.direction, hook == Hook::kTc ? VDT_DIRECTION_OUT : VDT_DIRECTION_IN);
          EXPECT_EQ(packet.facts.verdict, kVerdict);
          EXPECT_EQ(packet.facts.segments, 1);
          EXPECT_NE(packet.facts.time_ns, 0U);
          if (hook != Hook::kXdp || packet.bytes.size() < 3000) found.push_back(packet.bytes);
        }
      }
      EXPECT_EQ(found, expected) << hook_name(hook) << ": " << filters[at];
    }
  }
}

TEST_F(WatchersTest, CutPacketsAtTheSnaplen) {
  add("", {.snaplen = 60});
  for (const Hook hook : kHooks) {
    send(hook, a_frame(1000));
    send(hook, a_frame(40));
    const std::vector<Told> told = drain().begin()->second;
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].facts.length, 1000U);
    const Frame whole = a_frame(1000);
    EXPECT_EQ(told[0].bytes, Frame(whole.begin(), whole.begin() + 60));
    EXPECT_EQ(told[1].bytes, a_frame(40));
  }
}

TEST_F(WatchersTest, PutATakenOutVlanTagBackIntoTheBytes) {
  const WatchId id = add("vlan 100");
  for (const Frame& frame : made_frames()) {
    if (const std::optional<TakenTag> tag = tag_of(frame)) {
      ASSERT_EQ(send(Hook::kTc, without_tag(frame), tag), kAction);
      const bool expected =
          interpret(*compile_filter("vlan 100"), frame, static_cast<std::uint32_t>(frame.size()));
      const auto told = drain();
      ASSERT_EQ(told.contains(id), expected);
      if (!expected) continue;
      EXPECT_EQ(told.at(id).front().bytes, frame);
      EXPECT_EQ(told.at(id).front().facts.length, frame.size());
    }
  }
}

TEST_F(WatchersTest, TellAndLoseExactlyWhatWasSent) {
  constexpr int kSent = 20'000;
  const WatchId id = add("tcp");
  const WatchId other = add("udp");
  ASSERT_EQ(send(Hook::kXdp, a_frame(1500), std::nullopt, kSent), kAction);
  const std::uint64_t lost = watchers_->lost(id);
  const std::size_t told = drain()[id].size();
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(told + lost, static_cast<std::uint64_t>(kSent));
  EXPECT_EQ(watchers_->totals().told, told);
  EXPECT_EQ(watchers_->lost(other), 0U);
  // The ring has room again.
  send(Hook::kXdp, a_frame(1500));
  EXPECT_EQ(drain()[id].size(), 1U);
  EXPECT_EQ(watchers_->lost(id), lost);
}

TEST_F(WatchersTest, AreDoneAfterTheirCount) {
  const WatchId three = add("tcp", {.count = 3});
  const WatchId all = add("tcp");
  send(Hook::kXdp, a_frame(100), std::nullopt, 10);
  auto told = drain();
  EXPECT_EQ(told[three].size(), 3U);
  EXPECT_EQ(told[all].size(), 10U);
  EXPECT_TRUE(watchers_->done(three));
  EXPECT_FALSE(watchers_->done(all));
  EXPECT_TRUE(active_);
  EXPECT_EQ(watchers_->active(), 1U);
}

TEST_F(WatchersTest, GoOnWhenOneBetweenThemLeaves) {
  const WatchId first = add("tcp");
  const WatchId second = add("tcp");
  const WatchId third = add("tcp");
  watchers_->remove(second);
  EXPECT_EQ(send(Hook::kTc, a_frame(100)), kAction);
  auto told = drain();
  EXPECT_EQ(told[first].size(), 1U);
  EXPECT_FALSE(told.contains(second));
  EXPECT_EQ(told[third].size(), 1U);
  watchers_->remove(first);
  watchers_->remove(third);
  EXPECT_FALSE(active_);
  EXPECT_EQ(send(Hook::kTc, a_frame(100)), kAction);
  EXPECT_TRUE(drain().empty());
  const WatchId again = add("tcp");
  EXPECT_GT(again, third);
  EXPECT_EQ(send(Hook::kTc, a_frame(100)), kAction);
  EXPECT_EQ(drain()[again].size(), 1U);
}

TEST_F(WatchersTest, FillAllSlotsAndAllAreTold) {
  std::vector<WatchId> ids;
  for (int slot = 0; slot < VDT_WATCHERS; ++slot) ids.push_back(add(slot % 2 == 0 ? "tcp" : ""));
  const Result<WatchId> refused = watchers_->add("udp", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kBusy);
  EXPECT_EQ(refused.error().text(),
            "watch: 14 watchers are active, and there can be no more (end one of them)");
  for (const Hook hook : kHooks) {
    EXPECT_EQ(send(hook, a_frame(200)), kAction) << hook_name(hook);
    auto told = drain();
    for (const WatchId id : ids) EXPECT_EQ(told[id].size(), 1U) << hook_name(hook);
  }
}

TEST_F(WatchersTest, ThatAnEarlierDaemonLeftAreGone) {
  add("tcp");
  // As after kill -9: what the earlier one put into the slots and the flag stays as it was.
  const std::unique_ptr<Watchers> earlier = std::move(watchers_);
  open();
  EXPECT_FALSE(active_);
  EXPECT_EQ(send(Hook::kXdp, a_frame(100)), kAction);
  EXPECT_TRUE(drain().empty());
  EXPECT_EQ(watchers_->totals().told, 0U);
  const WatchId id = add("tcp");
  EXPECT_EQ(send(Hook::kXdp, a_frame(100)), kAction);
  EXPECT_EQ(drain()[id].size(), 1U);
}

TEST_F(WatchersTest, AreReachedBehindOneThatIsDone) {
  add("tcp", {.count = 1});
  send(Hook::kXdp, a_frame(100));
  drain();
  const WatchId id = add("tcp");
  EXPECT_EQ(send(Hook::kXdp, a_frame(100)), kAction);
  EXPECT_EQ(drain()[id].size(), 1U);
}

TEST_F(WatchersTest, RefuseABadFilterAndStayAsTheyWere) {
  const WatchId good = add("tcp");
  const Result<WatchId> misspelt = watchers_->add("tpc port 80", {});
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(misspelt.error().exit_status(), 2);
  const Result<WatchId> chain = watchers_->add("ip6 protochain 6", {});
  ASSERT_FALSE(chain);
  EXPECT_NE(chain.error().text().find("protochain"), std::string::npos);
  const Result<WatchId> snaplen = watchers_->add("tcp", {.snaplen = 0});
  ASSERT_FALSE(snaplen);
  EXPECT_EQ(watchers_->active(), 1U);
  send(Hook::kXdp, a_frame(100));
  EXPECT_EQ(drain()[good].size(), 1U);
}

TEST_F(WatchersTest, AreDrainedInPortions) {
  const WatchId id = add("tcp");
  send(Hook::kXdp, a_frame(100), std::nullopt, 10);
  EXPECT_EQ(drain(4)[id].size(), 4U);
  EXPECT_EQ(drain(4)[id].size(), 4U);
  EXPECT_EQ(drain(4)[id].size(), 2U);
}

}  // namespace
}  // namespace vedette::tests
