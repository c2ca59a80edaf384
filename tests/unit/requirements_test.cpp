#include "tests/requirements.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace vedette::tests {

TEST(Requirements, RootIsWhoeverIsEffectivelyUserZero) {
  EXPECT_EQ(missing_requirement(Requirement::kRoot).has_value(), geteuid() != 0);
}

TEST(Requirements, AMissingProgramIsNamed) {
  EXPECT_EQ(missing_program("sh"), std::nullopt);
  EXPECT_EQ(missing_program("no-such-program"),
            "needs the program 'no-such-program': not on the search path");
}

TEST(Requirements, CapturesAreThereOnlyWithTheirManifest) {
  const char* before = std::getenv("VEDETTE_TESTDATA");
  const std::string kept = before == nullptr ? "" : before;
  setenv("VEDETTE_TESTDATA", "/proc/self", 1);
  EXPECT_EQ(captures(), std::nullopt);
  if (before == nullptr)
    unsetenv("VEDETTE_TESTDATA");
  else
    setenv("VEDETTE_TESTDATA", kept.c_str(), 1);
}

TEST(Requirements, AnAttemptLeavesTheProcessInItsOwnNetworkNamespace) {
  std::array<char, 64> before{};
  std::array<char, 64> after{};
  ASSERT_GT(readlink("/proc/self/ns/net", before.data(), before.size() - 1), 0);
  (void)missing_requirement(Requirement::kNetworkNamespaces);
  ASSERT_GT(readlink("/proc/self/ns/net", after.data(), after.size() - 1), 0);
  EXPECT_STREQ(before.data(), after.data());
}

}  // namespace vedette::tests
