#include "detect/recent_map.h"

#include <gtest/gtest.h>

namespace vedette::tests {
namespace {

TEST(RecentMap, GivesUpWhatWasUnusedLongest) {
  RecentMap<int, int> map(2);
  map.at(1) = 10;
  map.at(2) = 20;
  ASSERT_NE(map.find(1), nullptr);
  map.at(3) = 30;
  EXPECT_EQ(map.find(2), nullptr);
  ASSERT_NE(map.find(1), nullptr);
  EXPECT_EQ(*map.find(1), 10);
  EXPECT_EQ(map.size(), 2U);
  map.erase(1);
  map.erase(7);
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_EQ(map.size(), 1U);
}

TEST(RecentMap, MakesAnEntryAnew) {
  RecentMap<int, int> map(1);
  map.at(1) = 10;
  map.at(2) = 20;
  EXPECT_EQ(map.at(1), 0);
}

}  // namespace
}  // namespace vedette::tests
