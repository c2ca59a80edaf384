#include "flow/flow_condition.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

std::string part(FlowPart part) {
  constexpr const char* kNames[] = {"s0", "s1",    "s2",    "s3",       "d0",   "d1",        "d2",
                                    "d3", "sport", "dport", "protocol", "vlan", "ip_version"};
  return kNames[static_cast<std::size_t>(part)];
}

constexpr ConditionLanguage kLanguage{
    .part = part, .bit_and = "({} & {})", .bit_or = "({} | {})", .quotient = "({} / {})"};

std::string condition(std::string_view expression) {
  const auto filter = FlowFilter::compile(expression);
  if (!filter) return filter.error().text();
  const auto text = flow_condition(*filter, kLanguage);
  return text ? *text : text.error().text();
}

TEST(FlowCondition, WhatMatchesAllOrNothingSaysSo) {
  EXPECT_EQ(condition(""), "1 = 1");
  EXPECT_EQ(condition("less 10"), "1 = 0");
}

TEST(FlowCondition, WhatTheFrameSettlesIsNotAskedOfTheFlow) {
  EXPECT_EQ(condition("ip6"), "((ip_version = 6))");
  EXPECT_EQ(condition("ip[8] = 64"), "((ip_version = 4))");
}

TEST(FlowCondition, AFieldIsComparedAsAWhole) {
  EXPECT_EQ(condition("src host 192.0.2.1"), "((ip_version = 4 AND (s3 = 3221225985)))");
  EXPECT_EQ(condition("ip and udp"), "((ip_version = 4 AND (protocol = 17)))");
}

TEST(FlowCondition, PiecesOfAFieldAreCutOutOfIt) {
  EXPECT_EQ(condition("ip[15] = 7"), "((ip_version = 4 AND (((s3 & 255)) = 7)))");
  EXPECT_EQ(condition("ip[12:2] = 0x0a00"), "((ip_version = 4 AND (((s3 / 65536)) = 2560)))");
}

TEST(FlowCondition, TagsAreAskedForWhereTheFilterNamesThem) {
  EXPECT_EQ(condition("vlan 7 and ip"), "((ip_version = 4 AND vlan <> 0 AND ((vlan & 4095) = 7)))");
}

TEST(FlowCondition, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(condition("ip[ip[9]] = 1"),
            "filter: history can't be asked this: it reads where another value says");
}

}  // namespace
}  // namespace vedette
