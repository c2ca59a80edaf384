// The block-list's two halves against the kernel's own tries and arrays: which entry ends when, and that no
// bit is missing in front of an entry.
#include "act/prefix_list.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <random>

#include "act/block_bits.h"
#include "base/file_descriptor.h"
#include "tests/requirements.h"

namespace vedette {
namespace {

FileDescriptor trie(std::uint32_t key_size, std::uint32_t entries) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
  return FileDescriptor(
      bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, "list", key_size, sizeof(vdt_listed), entries, &options));
}

FileDescriptor bits(std::uint32_t count) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
  return FileDescriptor(bpf_map_create(BPF_MAP_TYPE_ARRAY, "bits", 4, 8, count / 64, &options));
}

Prefix prefix(const std::string& text) {
  return *parse_prefix(text);
}

vdt_listed until(std::uint64_t end_ns) {
  vdt_listed entry{};
  entry.own_until_ns = end_ns;
  return entry;
}

class PrefixListKernel : public testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    open(100);
  }
  void open(std::uint32_t entries) {
    ipv4_ = trie(sizeof(vdt_prefix4), entries);
    ipv6_ = trie(sizeof(vdt_prefix6), entries);
    ASSERT_TRUE(ipv4_ && ipv6_);
    auto list = PrefixList::open(ipv4_.get(), ipv6_.get());
    ASSERT_TRUE(list) << list.error().text();
    list_.emplace(std::move(*list));
  }
  // As a packet program finds it.
  [[nodiscard]] std::optional<vdt_listed> found(const std::string& address) const {
    const Prefix source = prefix(address);
    vdt_prefix6 key{.length = source.length, .address = {}};
    std::memcpy(key.address, source.address.bytes, sizeof key.address);
    vdt_listed entry{};
    const int trie = source.ip_version == 4 ? ipv4_.get() : ipv6_.get();
    if (bpf_map_lookup_elem(trie, &key, &entry) != 0) return std::nullopt;
    return entry;
  }
  [[nodiscard]] std::uint64_t end_of(const std::string& address) const {
    const auto entry = found(address);
    return entry ? entry->until_ns : 1;
  }

  FileDescriptor ipv4_, ipv6_;
  std::optional<PrefixList> list_;
};

TEST_F(PrefixListKernel, FindsTheLongestPrefix) {
  ASSERT_TRUE(list_->put(prefix("192.0.2.0/24"), until(500)));
  ASSERT_TRUE(list_->put(prefix("2001:db8::/32"), until(600)));
  EXPECT_EQ(end_of("192.0.2.7"), 500U);
  EXPECT_EQ(end_of("2001:db8:1::1"), 600U);
  EXPECT_FALSE(found("192.0.3.7"));
  EXPECT_FALSE(found("2001:db9::"));
}

TEST_F(PrefixListKernel, AnEntryEndsNoSoonerThanWhatHoldsIt) {
  ASSERT_TRUE(list_->put(prefix("10.0.0.0/8"), until(900)));
  ASSERT_TRUE(list_->put(prefix("10.1.0.0/16"), until(300)));
  EXPECT_EQ(end_of("10.1.0.1"), 900U);
  // What comes later and holds it counts too; 0 is no end at all.
  ASSERT_TRUE(list_->put(prefix("10.0.0.0/12"), until(0)));
  EXPECT_EQ(end_of("10.1.0.1"), 0U);
  EXPECT_EQ(end_of("10.2.0.1"), 0U);
  EXPECT_EQ(end_of("10.16.0.1"), 900U);
  // And what goes does no more.
  ASSERT_TRUE(*list_->erase(prefix("10.0.0.0/12")));
  EXPECT_EQ(end_of("10.1.0.1"), 900U);
  ASSERT_TRUE(*list_->erase(prefix("10.0.0.0/8")));
  EXPECT_EQ(end_of("10.1.0.1"), 300U);
  EXPECT_FALSE(found("10.2.0.1"));
}

TEST_F(PrefixListKernel, AnEntryThatObservesOpensNoHoleInWhatDrops) {
  vdt_listed observed = until(900);
  observed.flags = VDT_LISTED_OBSERVE;
  ASSERT_TRUE(list_->put(prefix("10.1.0.0/16"), observed));
  EXPECT_EQ(found("10.1.0.1")->drops_until_ns, std::uint64_t{VDT_NEVER_DROPS});
  // What comes later, holds it and drops, drops it until its own end; then the entry goes on to observe.
  ASSERT_TRUE(list_->put(prefix("10.0.0.0/8"), until(300)));
  EXPECT_EQ(found("10.1.0.1")->drops_until_ns, 300U);
  EXPECT_EQ(end_of("10.1.0.1"), 900U);
  EXPECT_EQ(found("10.2.0.1")->drops_until_ns, 300U);
  // One that observes and comes within a block doesn't lift it.
  ASSERT_TRUE(list_->put(prefix("10.1.2.0/24"), observed));
  EXPECT_EQ(found("10.1.2.1")->drops_until_ns, 300U);
  // A block within what observes drops alone.
  ASSERT_TRUE(*list_->erase(prefix("10.0.0.0/8")));
  ASSERT_TRUE(list_->put(prefix("10.1.2.3"), until(0)));
  EXPECT_EQ(found("10.1.2.3")->drops_until_ns, 0U);
  EXPECT_EQ(found("10.1.2.4")->drops_until_ns, std::uint64_t{VDT_NEVER_DROPS});
}

TEST_F(PrefixListKernel, TakesAwayWhatHasEndedAlone) {
  ASSERT_TRUE(list_->put(prefix("10.0.0.0/8"), until(0)));
  ASSERT_TRUE(list_->put(prefix("10.1.0.0/16"), until(300)));
  ASSERT_TRUE(list_->put(prefix("10.1.1.0/24"), until(800)));
  EXPECT_FALSE(*list_->expire(299));
  EXPECT_TRUE(*list_->expire(300));
  EXPECT_EQ(list_->entries().size(), 2U);
  EXPECT_TRUE(*list_->expire(1000));
  EXPECT_EQ(list_->entries().size(), 1U);
  EXPECT_EQ(end_of("10.1.1.1"), 0U);
}

TEST_F(PrefixListKernel, KeepsTheHitsOfAnEntryThatChanges) {
  const Prefix network = prefix("192.0.2.0/24");
  ASSERT_TRUE(list_->put(network, until(500)));
  vdt_listed hit = *found("192.0.2.1");
  hit.packets = 7;
  hit.bytes = 700;
  const vdt_prefix4 key{.length = 24, .address = {192, 0, 2, 0}, .zero = {}};
  ASSERT_EQ(bpf_map_update_elem(ipv4_.get(), &key, &hit, BPF_EXIST), 0);
  ASSERT_TRUE(list_->put(network, until(900)));
  EXPECT_EQ(found("192.0.2.1")->packets, 7U);
  EXPECT_EQ(end_of("192.0.2.1"), 900U);
}

TEST_F(PrefixListKernel, TakesOverWhatIsThere) {
  ASSERT_TRUE(list_->put(prefix("192.0.2.0/24"), until(500)));
  ASSERT_TRUE(list_->put(prefix("2001:db8::1"), until(0)));
  const auto successor = PrefixList::open(ipv4_.get(), ipv6_.get());
  ASSERT_TRUE(successor);
  std::string all;
  for (const auto& [each, entry] : successor->entries()) all += prefix_text(each) + " ";
  EXPECT_EQ(all, "192.0.2.0/24 2001:db8::1 ");
}

TEST_F(PrefixListKernel, IsAsItWasWhereOneMoreFindsNoRoom) {
  open(2);
  ASSERT_TRUE(list_->put(prefix("192.0.2.1"), until(0)));
  ASSERT_TRUE(list_->put(prefix("192.0.2.9"), until(0)));
  const auto third = list_->put(prefix("10.0.0.1"), until(0));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().kind, ErrorKind::kBusy) << third.error().text();
  EXPECT_EQ(list_->entries().size(), 2U);
  EXPECT_FALSE(found("10.0.0.1"));
}

TEST(BlockBitsKernel, LeaveNoEntryOut) {
  VEDETTE_REQUIRE(kBpf);
  const FileDescriptor ipv4 = bits(VDT_BLOCK_BITS4), ipv6 = bits(VDT_BLOCK_BITS6);
  auto map = BlockBits::map(ipv4.get(), ipv6.get());
  ASSERT_TRUE(map) << map.error().text();
  const auto is_set = [](const FileDescriptor& array, std::uint32_t bit) {
    std::uint64_t word = 0;
    const std::uint32_t at = bit / 64;
    EXPECT_EQ(bpf_map_lookup_elem(array.get(), &at, &word), 0);
    return (word >> (bit % 64) & 1) != 0;
  };
  std::mt19937 random(7);
  std::map<Prefix, vdt_listed> entries;
  for (int i = 0; i < 300; i++) {
    vdt_address address{};
    for (auto& byte : address.bytes) byte = static_cast<std::uint8_t>(random());
    const bool six = i % 2 == 1;
    const auto length = static_cast<std::uint8_t>(six ? 20 + random() % 109 : 12 + random() % 21);
    if (!six) address.words[1] = address.words[2] = address.words[3] = 0;
    entries.emplace(prefix_of(address, six ? 6 : 4, length), vdt_listed{});
  }
  map->set_all({}, entries);
  for (const auto& [each, entry] : entries) {
    for (int i = 0; i < 20; i++) {  // addresses in it
      vdt_address inside = each.address;
      for (unsigned bit = each.length; bit < Prefix::longest(each.ip_version); bit++)
        inside.bytes[bit / 8] |= static_cast<std::uint8_t>((random() & 1) << (7 - bit % 8));
      EXPECT_TRUE(each.ip_version == 4 ? is_set(ipv4, vdt_block_bit4(inside.bytes))
                  : each.length >= 48  ? is_set(ipv6, vdt_block_bit6(inside.halves[0]))
                                       : is_set(ipv6, vdt_block_bit6_wide(inside.halves[0])))
          << prefix_text(each);
    }
  }
  EXPECT_EQ(BlockBits::switches(entries), VDT_LISTS_BLOCK | VDT_LISTS_BY_HAND | VDT_LISTS_WIDE_IPV6);
  // Feeds' bits stay when entries go.
  BitWords feeds;
  feeds.add(entries.begin()->first);
  map->set_all(feeds, {});
  EXPECT_TRUE(is_set(ipv4, vdt_block_bit4(entries.begin()->first.address.bytes)));
  map->set_all({}, {});
  for (const auto& [each, entry] : entries)
    EXPECT_FALSE(each.ip_version == 4 ? is_set(ipv4, vdt_block_bit4(each.address.bytes))
                                      : is_set(ipv6, vdt_block_bit6(each.address.halves[0])));
  EXPECT_EQ(BlockBits::switches({}), 0U);
  EXPECT_EQ(BlockBits::switches({{prefix("2000::/3"), {}}}),
            VDT_LISTS_BLOCK | VDT_LISTS_BY_HAND | VDT_LISTS_SHORT_IPV6);
}

}  // namespace
}  // namespace vedette
