#include "kernel/cpu_numbers.h"

#include <gtest/gtest.h>

namespace vedette::tests {
namespace {

TEST(CpuNumbers, ReachToTheHighestWhateverGapsThereAre) {
  EXPECT_EQ(cpu_numbers_in("0"), 1U);
  EXPECT_EQ(cpu_numbers_in("0-3"), 4U);
  EXPECT_EQ(cpu_numbers_in("0,2-3"), 4U);
  EXPECT_EQ(cpu_numbers_in("0-1,8"), 9U);
}

TEST(CpuNumbers, AreNotFoundInWhatIsNoList) {
  for (const char* text : {"", "0-", "a", "0-3 ", "-"}) EXPECT_EQ(cpu_numbers_in(text), std::nullopt) << text;
}

}  // namespace
}  // namespace vedette::tests
