// What feeds block, as the packet program decides it, against a plain search of all prefixes.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <random>
#include <thread>

#include "abi/work.h"
#include "act/fed_sources.h"
#include "tests/one_cpu.h"
#include "tests/requirements.h"

namespace vedette {
namespace {

Prefix prefix(const std::string& text) {
  return *parse_prefix(text);
}

FedPrefix dropping(const Prefix& prefix, std::uint64_t feeds = 1) {
  return {.prefix = prefix, .until = 0, .drops_until = 0, .feeds = feeds};
}

FedPrefix observing(const Prefix& prefix) {
  return {.prefix = prefix, .until = 0, .drops_until = VDT_FEED_NEVER_DROPS, .feeds = 1};
}

// The longest of all that hold an address, and whether one of them drops.
class PlainSearch {
 public:
  explicit PlainSearch(const std::vector<FedPrefix>& all) {
    for (const FedPrefix& one : all) all_[one.prefix] = one;
  }
  struct Found {
    std::optional<Prefix> longest;
    bool drops = false;
  };
  [[nodiscard]] Found operator()(const Prefix& address) const {
    Found found;
    for (std::uint8_t length = 0; length <= address.length; length++) {
      const auto at = all_.find(prefix_of(address.address, address.ip_version, length));
      if (at == all_.end()) continue;
      found.longest = at->first;
      found.drops |= at->second.drops_until == 0;
    }
    return found;
  }

 private:
  std::map<Prefix, FedPrefix> all_;
};

class FeedTableKernel : public testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    ASSERT_TRUE(tests::stay_on_cpu(sched_getcpu()));
    open();
  }
  void TearDown() override {
    if (programs_) programs_->remove();
  }
  void open() {
    auto programs =
        PacketPrograms::load({.flow_slots = 1024,
                              .ring_bytes = 1 << 16,
                              .pin_folder = "/sys/fs/bpf/vedette_feeds_" + std::to_string(getpid())});
    ASSERT_TRUE(programs) << programs.error().text();
    programs_.emplace(std::move(*programs));
    auto lists = SourceLists::open(*programs_);
    ASSERT_TRUE(lists) << lists.error().text();
    lists_ = std::move(*lists);
    auto fed = FedSources::open(*programs_, *lists_);
    ASSERT_TRUE(fed) << fed.error().text();
    fed_ = std::move(*fed);
    program_ = *programs_->object().program_fd("vdt_ingress_xdp");
  }
  void swap(const std::vector<FedPrefix>& prefixes, const std::vector<std::string>& feeds = {"one", "two"}) {
    const auto swapped = fed_->swap(prefixes, feeds);
    ASSERT_TRUE(swapped) << swapped.error().text();
  }
  // A UDP packet from there, of 50 or 70 bytes; or so many.
  [[nodiscard]] bool dropped(const Prefix& source, int times = 1) const {
    std::vector<std::uint8_t> frame{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    if (source.ip_version == 4) {
      frame.insert(frame.end(), {8, 0, 0x45, 0, 0, 36, 0, 1, 0, 0, 64, IPPROTO_UDP, 0, 0});
      frame.insert(frame.end(), source.address.bytes, source.address.bytes + 4);
      frame.insert(frame.end(), {192, 0, 2, 1});
    } else {
      frame.insert(frame.end(), {0x86, 0xdd, 0x60, 0, 0, 0, 0, 16, IPPROTO_UDP, 64});
      frame.insert(frame.end(), source.address.bytes, source.address.bytes + 16);
      frame.insert(frame.end(), source.address.bytes, source.address.bytes + 16);
    }
    frame.insert(frame.end(), {1, 0, 2, 0, 0, 16, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8});
    LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data(),
                .data_size_in = static_cast<std::uint32_t>(frame.size()), .repeat = times);
    EXPECT_EQ(bpf_prog_test_run_opts(program_, &run), 0);
    return run.retval == XDP_DROP;
  }
  // Two of the clock's at least: 100 to 1,000 of them are a second.
  static void wait_a_tick() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }
  [[nodiscard]] std::uint64_t hits(const Prefix& entry) const {
    const auto all = fed_->that_hold(entry);
    return all.empty() || all.back().entry.prefix != entry ? 0 : all.back().entry.packets;
  }
  // Addresses at random, and those at both ends of every prefix and just beyond, decided as a plain search
  // does; each hit in its longest entry.
  void expect_as_plain(const std::vector<FedPrefix>& all, int random_addresses);

  std::mt19937 random_{11};
  std::optional<PacketPrograms> programs_;
  std::unique_ptr<SourceLists> lists_;
  std::unique_ptr<FedSources> fed_;
  int program_ = -1;
};

Prefix any_address(std::mt19937& random, bool six) {
  vdt_address address{};
  for (int at = 0; at < (six ? 16 : 4); at++) address.bytes[at] = static_cast<std::uint8_t>(random());
  return prefix_of(address, six ? 6 : 4, six ? 128 : 32);
}

// The address so far from the prefix's first one (-1) or last one (+1), or that itself.
Prefix at_edge(const Prefix& prefix, bool last, int beyond) {
  vdt_address address = prefix.address;
  const unsigned bits = Prefix::longest(prefix.ip_version);
  for (unsigned bit = prefix.length; last && bit < bits; bit++)
    address.bytes[bit / 8] |= static_cast<std::uint8_t>(1U << (7 - bit % 8));
  for (int at = static_cast<int>(bits / 8) - 1; beyond != 0 && at >= 0; at--) {
    address.bytes[at] = static_cast<std::uint8_t>(address.bytes[at] + beyond);
    if (address.bytes[at] != (beyond > 0 ? 0 : 255)) break;
  }
  return prefix_of(address, prefix.ip_version, static_cast<std::uint8_t>(bits));
}

void FeedTableKernel::expect_as_plain(const std::vector<FedPrefix>& all, int random_addresses) {
  swap(all);
  const PlainSearch plain(all);
  std::map<Prefix, std::uint64_t> expected;  // of entries that were there before, what they had
  for (const FedPrefix& one : all) expected[one.prefix] = hits(one.prefix);
  int found_ones = 0;
  const auto check = [&](const Prefix& address) {
    const auto found = plain(address);
    if (found.longest && found_ones++ % VDT_HITS_EACH == 0) wait_a_tick();
    EXPECT_EQ(dropped(address), found.drops) << prefix_text(address);
    if (found.longest) expected[*found.longest]++;
  };
  for (const FedPrefix& one : all) {
    for (const bool last : {false, true}) {
      check(at_edge(one.prefix, last, 0));
      check(at_edge(one.prefix, last, last ? 1 : -1));
    }
  }
  for (int i = 0; i < random_addresses; i++) check(any_address(random_, i % 4 == 0));
  for (const auto& [entry, count] : expected) EXPECT_EQ(hits(entry), count) << prefix_text(entry);
}

TEST_F(FeedTableKernel, DecidesAsAPlainSearchOfPrefixesOfEveryLength) {
  std::vector<FedPrefix> all;
  for (std::uint8_t length = 1; length <= 32; length++)
    for (int i = 0; i < 6; i++)
      all.push_back(dropping(prefix_of(any_address(random_, false).address, 4, length)));
  for (std::uint8_t length = 1; length <= 128; length++)
    for (int i = 0; i < 3; i++)
      all.push_back(dropping(prefix_of(any_address(random_, true).address, 6, length)));
  expect_as_plain(all, 3000);
}

TEST_F(FeedTableKernel, DecidesAsAPlainSearchOfPrefixesWithinAndBesideOneAnother) {
  std::vector<FedPrefix> all;
  // All in one /14 and one /44: most lie in others, many end where another begins; a third observes alone.
  for (int i = 0; i < 900; i++) {
    vdt_address four = any_address(random_, false).address, six = any_address(random_, true).address;
    four.bytes[0] = 10;
    four.bytes[1] &= 3;
    four.bytes[2] &= 7;
    std::memcpy(six.bytes, "\x20\x01\x0d\xb8\x00\x01\x00", 7);
    six.bytes[7] &= 3;
    const Prefix in4 = prefix_of(four, 4, static_cast<std::uint8_t>(13 + random_() % 20));
    const Prefix in6 = prefix_of(six, 6, static_cast<std::uint8_t>(44 + random_() % 85));
    all.push_back(i % 3 == 0 ? observing(in4) : dropping(in4));
    all.push_back(i % 3 == 1 ? observing(in6) : dropping(in6));
  }
  std::ranges::sort(all, {}, &FedPrefix::prefix);
  const auto same = std::ranges::unique(all, {}, &FedPrefix::prefix);
  all.erase(same.begin(), same.end());
  expect_as_plain(all, 200);
}

TEST_F(FeedTableKernel, DecidesForAllAddressesAtOnce) {
  expect_as_plain({dropping(prefix("0.0.0.0/0")), observing(prefix("10.0.0.0/8")), dropping(prefix("::/0"))},
                  200);
  expect_as_plain({observing(prefix("0.0.0.0/0")), dropping(prefix("10.0.0.0/8"))}, 200);
  expect_as_plain({}, 200);
}

TEST_F(FeedTableKernel, HoldsAMillionOfEachVersion) {
  std::vector<FedPrefix> all;
  for (int i = 0; i < 2'000'000; i++) {
    const bool six = i % 2 == 1;
    vdt_address address = any_address(random_, six).address;
    if (six) address.bytes[0] = 0x20;
    const auto length = static_cast<std::uint8_t>(six ? 32 + random_() % 4 * 32 : 20 + random_() % 13);
    all.push_back(dropping(prefix_of(address, six ? 6 : 4, length)));
  }
  swap(all);
  const PlainSearch plain(all);
  for (int i = 0; i < 20'000; i++) {
    const Prefix& near = all[random_() % all.size()].prefix;
    const Prefix address = at_edge(near, i & 1, i % 3 - 1);
    ASSERT_EQ(dropped(address), plain(address).drops) << prefix_text(address);
  }
}

TEST_F(FeedTableKernel, CountsEachHostByItselfWhilePacketsComeSlowly) {
  std::vector<FedPrefix> all;
  for (int i = 0; i < 300; i++) all.push_back(dropping(any_address(random_, false)));
  all.push_back(dropping(prefix("0.0.0.0")));
  std::ranges::sort(all, {}, &FedPrefix::prefix);
  swap(all);
  int sent = 0;
  for (std::size_t at = 0; at < all.size(); at++) {
    for (std::size_t i = 0; i <= at % 3; i++) {
      if (sent++ % VDT_HITS_EACH == 0) wait_a_tick();
      EXPECT_TRUE(dropped(all[at].prefix));
    }
  }
  for (std::size_t at = 0; at < all.size(); at++)
    EXPECT_EQ(hits(all[at].prefix), at % 3 + 1) << prefix_text(all[at].prefix);
}

TEST_F(FeedTableKernel, MissesNoPacketOfAFlood) {
  const auto all = {dropping(prefix("192.0.2.7")), dropping(prefix("192.0.2.8"))};
  swap(all);
  constexpr std::uint64_t kPackets = 100'007;
  EXPECT_TRUE(dropped(prefix("192.0.2.7"), kPackets));
  EXPECT_GE(hits(prefix("192.0.2.7")) + VDT_HITS_LEFT_OUT, kPackets);
  wait_a_tick();
  EXPECT_TRUE(dropped(prefix("192.0.2.7")));
  EXPECT_TRUE(dropped(prefix("192.0.2.8")));
  EXPECT_EQ(hits(prefix("192.0.2.7")), kPackets + 1);
  EXPECT_EQ(hits(prefix("192.0.2.8")), 1U);
  EXPECT_EQ(fed_->hits().at("one").bytes, 50 * (kPackets + 2));
  swap(all);
  wait_a_tick();
  EXPECT_TRUE(dropped(prefix("192.0.2.7")));
  EXPECT_EQ(hits(prefix("192.0.2.7")), kPackets + 2);
}

TEST_F(FeedTableKernel, GivesEachHostOfAFloodItsShareWhateverItsRhythm) {
  std::vector<FedPrefix> all;
  for (int i = 0; i < 8; i++) all.push_back(dropping(prefix("192.0.2." + std::to_string(i))));
  swap(all);
  constexpr std::uint64_t kRounds = 80'000;
  for (std::uint64_t round = 0; round < kRounds; round++)
    for (const FedPrefix& host : all) ASSERT_TRUE(dropped(host.prefix));
  std::uint64_t sum = 0;
  for (const FedPrefix& host : all) {
    // Of some 2,500 draws a host has one in eight, give or take six in a hundred.
    EXPECT_NEAR(static_cast<double>(hits(host.prefix)), kRounds, 0.4 * kRounds) << prefix_text(host.prefix);
    sum += hits(host.prefix);
  }
  EXPECT_LE(sum, 8 * kRounds);
  EXPECT_GE(sum + VDT_HITS_LEFT_OUT, 8 * kRounds);
}

TEST_F(FeedTableKernel, AHostWithinAnObservedNetworkDropsAndOneThatObservesDoesNot) {
  swap({observing(prefix("192.0.2.0/24")), dropping(prefix("192.0.2.7")), observing(prefix("192.0.2.8"))});
  EXPECT_TRUE(dropped(prefix("192.0.2.7")));
  EXPECT_FALSE(dropped(prefix("192.0.2.8")));
  EXPECT_FALSE(dropped(prefix("192.0.2.9")));
  EXPECT_EQ(hits(prefix("192.0.2.7")), 1U);
  EXPECT_EQ(hits(prefix("192.0.2.8")), 1U);
  EXPECT_EQ(hits(prefix("192.0.2.0/24")), 1U);
}

TEST_F(FeedTableKernel, ABlockByHandCountsBeforeAHost) {
  swap({dropping(prefix("192.0.2.7")), dropping(prefix("192.0.2.8"))});
  ListChange block;
  block.prefix = prefix("192.0.2.7");
  ASSERT_TRUE(lists_->put(block));
  EXPECT_TRUE(dropped(prefix("192.0.2.7")));
  EXPECT_TRUE(dropped(prefix("192.0.2.8")));
  EXPECT_EQ(hits(prefix("192.0.2.7")), 0U);
  EXPECT_EQ(hits(prefix("192.0.2.8")), 1U);
}

TEST_F(FeedTableKernel, CarriesHitsOverASwap) {
  swap({dropping(prefix("192.0.2.0/24")), dropping(prefix("198.51.100.7"), 2)});
  for (int i = 0; i < 3; i++) EXPECT_TRUE(dropped(prefix("192.0.2.9")));
  EXPECT_TRUE(dropped(prefix("198.51.100.7")));
  // The names' bits have changed places; one entry has gone.
  swap({dropping(prefix("192.0.2.0/24"), 2), dropping(prefix("203.0.113.0/24"), 1)}, {"two", "one"});
  EXPECT_EQ(hits(prefix("192.0.2.0/24")), 3U);
  EXPECT_FALSE(dropped(prefix("198.51.100.7")));
  EXPECT_TRUE(dropped(prefix("203.0.113.1")));
  const auto hits = fed_->hits();
  EXPECT_EQ(hits.at("one").packets, 3U);
  EXPECT_EQ(hits.at("two").packets, 2U);
}

TEST_F(FeedTableKernel, SaysWhichEntriesHoldAnAddressAndWhoseTheyAre) {
  swap({dropping(prefix("192.0.2.0/24"), 1), dropping(prefix("192.0.0.0/16"), 2),
        dropping(prefix("192.0.2.0/24"), 2)});
  const auto all = fed_->that_hold(prefix("192.0.2.9"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(prefix_text(all[0].entry.prefix), "192.0.0.0/16");
  EXPECT_EQ(all[0].feeds, std::vector<std::string>{"two"});
  EXPECT_EQ(prefix_text(all[1].entry.prefix), "192.0.2.0/24");
  EXPECT_EQ(all[1].feeds, (std::vector<std::string>{"one", "two"}));
}

TEST_F(FeedTableKernel, EndsByTheKernelsClock) {
  FedPrefix ended = dropping(prefix("192.0.2.0/24"));
  ended.until = ended.drops_until = 1;
  FedPrefix longer = dropping(prefix("198.51.100.0/24"));
  FedPrefix within = dropping(prefix("198.51.100.7"));
  within.until = within.drops_until = 1;
  swap({ended, longer, within});
  EXPECT_FALSE(dropped(prefix("192.0.2.1")));
  EXPECT_TRUE(dropped(prefix("198.51.100.7")));
}

TEST_F(FeedTableKernel, EndsHostsByTheKernelsClockHoweverManyEndsTheyHave) {
  constexpr std::uint32_t kFar = 1U << 31;
  std::vector<FedPrefix> all;
  for (std::uint32_t i = 0; i < 40; i++) {
    FedPrefix& one = all.emplace_back(dropping(prefix("192.0.2." + std::to_string(i))));
    // One in two has ended; each of the others has an end of its own.
    one.until = one.drops_until = i % 2 == 0 ? kFar + i : 1;
  }
  swap(all);
  for (std::uint32_t i = 0; i < 40; i++) {
    EXPECT_EQ(dropped(all[i].prefix), i % 2 == 0) << i;
    EXPECT_EQ(hits(all[i].prefix), i % 2 == 0 ? 1U : 0U) << i;
  }
}

TEST_F(FeedTableKernel, TheAllowListWins) {
  swap({dropping(prefix("192.0.2.0/24"))});
  ListChange allow;
  allow.kind = ListKind::kAllow;
  allow.prefix = prefix("192.0.2.7");
  ASSERT_TRUE(lists_->put(allow));
  EXPECT_FALSE(dropped(prefix("192.0.2.7")));
  EXPECT_TRUE(dropped(prefix("192.0.2.8")));
  ASSERT_TRUE(lists_->erase(ListKind::kAllow, allow.prefix));
  EXPECT_TRUE(dropped(prefix("192.0.2.7")));
}

TEST_F(FeedTableKernel, BlocksByHandStayBesideFeeds) {
  ListChange block;
  block.prefix = prefix("203.0.113.0/24");
  ASSERT_TRUE(lists_->put(block));
  swap({dropping(prefix("192.0.2.0/24"))});
  EXPECT_TRUE(dropped(prefix("203.0.113.1")));
  ASSERT_TRUE(lists_->erase(ListKind::kBlock, block.prefix));
  EXPECT_FALSE(dropped(prefix("203.0.113.1")));
  EXPECT_TRUE(dropped(prefix("192.0.2.1")));
}

TEST_F(FeedTableKernel, IsTakenOverWithItsHits) {
  swap({dropping(prefix("192.0.2.0/24")), dropping(prefix("2001:db8::/48"), 2)});
  EXPECT_TRUE(dropped(prefix("192.0.2.1")));
  fed_.reset();
  lists_.reset();
  programs_.reset();
  open();
  EXPECT_TRUE(dropped(prefix("2001:db8::1")));
  EXPECT_EQ(hits(prefix("192.0.2.0/24")), 1U);
  const auto all = fed_->page(0, 10);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].feeds, std::vector<std::string>{"two"});
}

}  // namespace
}  // namespace vedette
