#include "names/name_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace vedette {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

vdt_address address(std::initializer_list<std::uint8_t> bytes) {
  vdt_address made{};
  std::ranges::copy(bytes, made.bytes);
  return made;
}

NamedAddress named(std::string name, const vdt_address& of, seconds ttl = seconds(300),
                   std::uint8_t version = 4) {
  return {.name = std::move(name), .address = of, .ip_version = version, .ttl = ttl};
}

constexpr Nanoseconds kNow = hours(24 * 365 * 50);
const vdt_address kWeb = address({192, 0, 2, 80});

struct Names : testing::Test {
  NameTable table;
  void learn(const NamedAddress& one, Nanoseconds time = kNow) { table.learn(std::span(&one, 1), time); }
  std::string find(const vdt_address& of, Nanoseconds time = kNow, std::uint8_t version = 4) {
    return std::string(table.find(of, version, time));
  }
};

TEST_F(Names, AreThoseThatAnAnswerGave) {
  EXPECT_EQ(find(kWeb), "");
  const std::array answer = {named("www.example", kWeb), named("www.example", address({192, 0, 2, 81}))};
  table.learn(answer, kNow);
  EXPECT_EQ(find(kWeb), "www.example");
  EXPECT_EQ(find(address({192, 0, 2, 81})), "www.example");
  EXPECT_EQ(find(address({192, 0, 2, 82})), "");
  EXPECT_EQ(table.size(), 2U);
}

TEST_F(Names, OfIpv4AndIpv6AreNotMixed) {
  learn(named("www.example", kWeb));
  EXPECT_EQ(find(kWeb, kNow, 6), "");
}

TEST_F(Names, AreTheLatestAnswers) {
  learn(named("a.example", kWeb));
  learn(named("b.example", kWeb), kNow + seconds(1));
  EXPECT_EQ(find(kWeb, kNow + seconds(1)), "b.example");
  EXPECT_EQ(find(kWeb, kNow), "");  // which nobody had given yet
  EXPECT_EQ(table.size(), 1U);
}

TEST_F(Names, EndWithTheirTtlWithinBounds) {
  learn(named("www.example", kWeb, seconds(300)));
  EXPECT_EQ(find(kWeb, kNow + seconds(300)), "www.example");
  EXPECT_EQ(find(kWeb, kNow + seconds(300) + Nanoseconds(1)), "");
  const vdt_address brief = address({192, 0, 2, 1}), eternal = address({192, 0, 2, 2});
  learn(named("brief.example", brief, seconds(0)));
  EXPECT_EQ(find(brief, kNow + kShortestHold), "brief.example");
  EXPECT_EQ(find(brief, kNow + kShortestHold + Nanoseconds(1)), "");
  learn(named("eternal.example", eternal, seconds(0xffffffff)));
  EXPECT_EQ(find(eternal, kNow + kLongestHold + Nanoseconds(1)), "");
}

TEST_F(Names, HoldFromTheirFirstAnswerToTheirLast) {
  learn(named("www.example", kWeb, seconds(300)));
  learn(named("www.example", kWeb, seconds(60)), kNow + seconds(200));
  EXPECT_EQ(find(kWeb, kNow), "www.example");
  EXPECT_EQ(find(kWeb, kNow + seconds(300)), "www.example");  // the first one's TTL still holds
  learn(named("www.example", kWeb, seconds(60)), kNow + hours(1));
  EXPECT_EQ(find(kWeb, kNow), "");  // between both it had ended
}

TEST(NameTable, GivesUpWhatWasLearnedLongestAgo) {
  NameTable table(2);
  const auto learn = [&](std::uint8_t last, Nanoseconds time) {
    const NamedAddress one = named("n" + std::to_string(last), address({192, 0, 2, last}));
    table.learn(std::span(&one, 1), time);
  };
  learn(1, kNow);
  learn(2, kNow);
  learn(1, kNow + seconds(1));
  learn(3, kNow + seconds(2));
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.find(address({192, 0, 2, 2}), 4, kNow + seconds(2)), "");
  EXPECT_EQ(table.find(address({192, 0, 2, 1}), 4, kNow + seconds(2)), "n1");
  EXPECT_EQ(table.given_up(), 1U);
  learn(4, kNow + hours(1));
  EXPECT_EQ(table.given_up(), 1U);  // what gave way then had ended
}

}  // namespace
}  // namespace vedette
