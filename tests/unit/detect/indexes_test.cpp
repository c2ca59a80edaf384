// The indexes of feeds' indicators against plain searches over the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "detect/name_index.h"
#include "detect/network_index.h"

namespace vedette {
namespace {

vdt_address random_address(std::mt19937& random, std::uint8_t ip_version, unsigned spread) {
  vdt_address address{};
  const int size = ip_version == 4 ? 4 : 16;
  for (int at = 0; at < size; at++) address.bytes[at] = static_cast<std::uint8_t>(random() % spread);
  return address;
}

// Few values a byte: networks that lie in one another, and addresses in them.
TEST(NetworkIndex, FindsTheNarrowestThatHoldsAnAddress) {
  std::mt19937 random(4);
  for (int round = 0; round < 50; round++) {
    std::map<Prefix, std::uint16_t> networks;
    NetworkIndex index;
    for (std::uint16_t owner = 0; owner < 200; owner++) {
      const std::uint8_t version = random() % 2 ? 4 : 6;
      const auto length = static_cast<std::uint8_t>(random() % (Prefix::longest(version) + 1U));
      const Prefix network = prefix_of(random_address(random, version, 3), version, length);
      index.add(network, owner);
      networks.emplace(network, owner);
    }
    index.sort();
    EXPECT_EQ(index.size(), networks.size());
    for (int ask = 0; ask < 500; ask++) {
      const std::uint8_t version = random() % 2 ? 4 : 6;
      const vdt_address address = random_address(random, version, 3);
      const Prefix wanted = prefix_of(address, version, Prefix::longest(version));
      const std::pair<const Prefix, std::uint16_t>* narrowest = nullptr;
      for (const auto& one : networks)
        if (one.first.ip_version == version && one.first.holds(wanted)) narrowest = &one;
      const auto found = index.find(address, version);
      ASSERT_EQ(found.has_value(), narrowest != nullptr) << prefix_text(wanted);
      if (!found) continue;
      EXPECT_EQ(found->network, narrowest->first) << prefix_text(wanted);
      EXPECT_EQ(found->owner, narrowest->second);
    }
  }
}

TEST(NetworkIndex, HoldsNothingWhereNothingWasAdded) {
  NetworkIndex index;
  EXPECT_FALSE(index.find({}, 4));
  index.sort();
  EXPECT_FALSE(index.find({}, 4));
  EXPECT_FALSE(index.find({}, 6));
  index.add(*parse_prefix("0.0.0.0/0"), 7);
  index.sort();
  EXPECT_TRUE(index.find(parse_prefix("255.255.255.255")->address, 4));
  EXPECT_FALSE(index.find({}, 6));
}

TEST(NameIndex, FindsWhatWasAddedAndNothingElse) {
  std::mt19937 random(5);
  std::map<std::string, std::uint16_t> names;
  NameIndex index;
  for (int name = 0; name < 20'000; name++) {
    const std::string text = std::to_string(random() % 15'000) + ".example";
    const auto owner = static_cast<std::uint16_t>(random());
    EXPECT_TRUE(index.add(text, owner));
    names.emplace(text, owner);
  }
  EXPECT_EQ(index.size(), names.size());
  for (int name = 0; name < 16'000; name++) {
    const std::string text = std::to_string(name) + ".example";
    const auto known = names.find(text);
    const auto found = index.find(text);
    ASSERT_EQ(found.has_value(), known != names.end()) << text;
    if (!found) continue;
    EXPECT_EQ(found->name, text);
    EXPECT_EQ(found->owner, known->second);
  }
  EXPECT_FALSE(index.find(""));
  EXPECT_FALSE(index.add(std::string(300, 'a'), 1));
  EXPECT_FALSE(NameIndex().find("a"));
}

}  // namespace
}  // namespace vedette
