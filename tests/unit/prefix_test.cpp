#include "base/prefix.h"

#include <gtest/gtest.h>

#include <set>

namespace vedette {
namespace {

TEST(Prefixes, ReadWhatTheyWrite) {
  for (const char* text : {"0.0.0.0/0", "10.0.0.0/8", "192.0.2.128/25", "192.0.2.7", "::/0", "2001:db8::/33",
                           "2001:db8::1", "2001:db8:8000::/33"}) {
    const auto prefix = parse_prefix(text);
    ASSERT_TRUE(prefix) << text;
    EXPECT_EQ(prefix_text(*prefix), text);
  }
  EXPECT_EQ(prefix_text(*parse_prefix("192.0.2.7/32")), "192.0.2.7");
  EXPECT_EQ(prefix_text(*parse_prefix("2001:DB8:0:0::1/128")), "2001:db8::1");
}

TEST(Prefixes, SayWhatIsWrong) {
  const auto text_of = [](std::string_view text) {
    const auto prefix = parse_prefix(text);
    return prefix ? "none" : prefix.error().text();
  };
  EXPECT_EQ(text_of("192.0.2.7/24"),
            "192.0.2.7/24: bits are set behind the prefix (the network is 192.0.2.0/24)");
  EXPECT_EQ(text_of("2001:db8::1/64"),
            "2001:db8::1/64: bits are set behind the prefix (the network is 2001:db8::/64)");
  for (const char* text : {"192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/8x"})
    EXPECT_NE(text_of(text).find("expected a length of 0 to "), std::string::npos) << text;
  for (const char* text : {"", "/8", "host", "192.0.2", "192.0.2.0.1", "2001:db8", "1:2:3:4:5:6:7:8:9"})
    EXPECT_NE(text_of(text).find("expected an IPv4 or IPv6 address"), std::string::npos) << text;
}

TEST(Prefixes, HoldWhatLiesInThem) {
  const auto holds = [](const char* outer, const char* inner) {
    return parse_prefix(outer)->holds(*parse_prefix(inner));
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.0/16"));
  EXPECT_TRUE(holds("10.0.0.0/8", "10.0.0.0/8"));
  EXPECT_TRUE(holds("0.0.0.0/0", "192.0.2.7"));
  EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.200"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::/48"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  EXPECT_FALSE(holds("10.0.0.0/16", "10.0.0.0/8"));
  EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
}

TEST(Prefixes, AreOrderedSoThatWhatHoldsComesFirst) {
  std::set<Prefix> all;
  for (const char* text : {"2001:db8::", "10.0.1.0/24", "10.0.0.0/8", "10.0.0.1", "10.0.0.0/24", "9.0.0.0/8"})
    all.insert(*parse_prefix(text));
  std::string order;
  for (const Prefix& prefix : all) order += prefix_text(prefix) + " ";
  EXPECT_EQ(order, "9.0.0.0/8 10.0.0.0/8 10.0.0.0/24 10.0.0.1 10.0.1.0/24 2001:db8:: ");
}

}  // namespace
}  // namespace vedette
