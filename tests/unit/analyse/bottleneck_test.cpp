#include "analyse/bottleneck.h"

#include <gtest/gtest.h>

#include <cmath>

namespace vedette {
namespace {

// Eight buckets of so many counts, each off by a few percent.
std::vector<RatioBucket> buckets(double ratio, double count) {
  std::vector<RatioBucket> all;
  for (int i = 0; i < 8; i++) all.push_back({ratio * (1 + (i * 5 % 8 - 3.5) * 0.01) * count, count});
  return all;
}

TEST(Bottleneck, ThePartThatBecameWorseIsBlamedAndTheSharesSum) {
  const std::vector<RatioPart> parts{
      {"192.0.2.0/24", buckets(24'000, 100), buckets(131'000, 100)},
      {"198.51.100.0/24", buckets(20'000, 300), buckets(20'100, 300)},
  };
  const Bottleneck found =
      bottleneck_of(parts, "handshake round trip", "peer network", Unit::kMicroseconds, 10);
  EXPECT_NEAR(found.within + found.moved, found.rise(), 1e-6);
  EXPECT_NEAR(found.moved, 0, 1e-6);
  ASSERT_EQ(found.parts.size(), 2U);
  EXPECT_EQ(found.parts[0].name, "192.0.2.0/24");
  EXPECT_TRUE(found.parts[0].is_worse);
  EXPECT_FALSE(found.parts[1].is_worse);
  EXPECT_EQ(found.says,
            "handshake round trip rose from 21.0 ms to 47.8 ms; 100 % of that within parts by peer network "
            "(traffic that "
            "moved: +0 %); most by 192.0.2.0/24: 24.0 ms to 131.0 ms; 25 % and now 25 % of the traffic, 100 "
            "% of the change");
}

TEST(Bottleneck, SimpsonsParadoxIsMovedTraffic) {
  // Both became faster; the whole slower, as nine tenths now go the far way.
  const std::vector<RatioPart> parts{
      {"near", buckets(10'000, 900), buckets(9'000, 100)},
      {"far", buckets(100'000, 100), buckets(90'000, 900)},
  };
  const Bottleneck found =
      bottleneck_of(parts, "handshake round trip", "peer network", Unit::kMicroseconds, 10);
  EXPECT_GT(found.rise(), 0);
  EXPECT_LT(found.within, 0);
  EXPECT_GT(found.moved, found.rise());
  for (const BottleneckPart& one : found.parts) EXPECT_FALSE(one.is_worse);
  EXPECT_NE(found.says.find("because traffic moved to where it is higher anyway"), std::string::npos)
      << found.says;
}

TEST(Bottleneck, WhatComesAndGoesCountsByItsWeight) {
  const std::vector<RatioPart> parts{
      {"stays", buckets(0.01, 1000), buckets(0.01, 1000)},
      {"new", {}, buckets(0.2, 1000)},
      {"gone", buckets(0.05, 100), {}},
      {"idle", {{0, 0}}, {{0, 0}}},
  };
  const Bottleneck found = bottleneck_of(parts, "retransmissions", "process", Unit::kShare, 10);
  EXPECT_EQ(found.parts.size(), 3U);
  EXPECT_EQ(found.parts[0].name, "new");
  EXPECT_TRUE(std::isnan(found.parts[0].before));
  EXPECT_EQ(found.parts[0].within, 0);
  EXPECT_NEAR(found.within + found.moved, found.rise(), 1e-12);
}

TEST(Bottleneck, FewBucketsAreChanceAndNothingIsSaidOfNothing) {
  const std::vector<RatioPart> few{{"eth0", {{100, 1000}}, {{500, 1000}}}};
  EXPECT_FALSE(bottleneck_of(few, "drops", "interface", Unit::kShare, 10).parts[0].is_worse);
  const Bottleneck nothing = bottleneck_of({}, "drops", "interface", Unit::kShare, 10);
  EXPECT_EQ(nothing.says, "drops by interface: nothing to compare, there is none now");
}

TEST(Bottleneck, KeepsTheWorstAndCountsTheRest) {
  std::vector<RatioPart> parts;
  for (int i = 0; i < 30; i++) parts.push_back({std::to_string(i), buckets(10, 10), buckets(10 + i, 10)});
  const Bottleneck found = bottleneck_of(parts, "drops", "interface", Unit::kCount, 5);
  ASSERT_EQ(found.parts.size(), 5U);
  EXPECT_EQ(found.left_out, 25U);
  EXPECT_EQ(found.parts[0].name, "29");
}

}  // namespace
}  // namespace vedette
