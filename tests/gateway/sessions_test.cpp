#include "gateway/sessions.h"

#include <gtest/gtest.h>

#include <vector>

namespace vedette {
namespace {

using namespace std::chrono_literals;

class ASession : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(begin_secrets()); }
  static Instant at(Nanoseconds steady) { return {steady, 1'000'000s + steady}; }
};

TEST_F(ASession, GoesOnWhileItIsUsed) {
  Sessions sessions;
  const auto begun = sessions.begin(at(0s));
  EXPECT_EQ(begun.session.expires, 1'000'000s + 1h);
  const auto used = sessions.use(begun.token, at(50min));
  ASSERT_TRUE(used);
  EXPECT_EQ(used->id, begun.session.id);
  EXPECT_EQ(used->csrf, begun.session.csrf);
  EXPECT_EQ(used->expires, 1'000'000s + 110min);
  EXPECT_TRUE(sessions.use(begun.token, at(100min)));
}

TEST_F(ASession, EndsWhenItIsIdle) {
  Sessions sessions;
  const auto begun = sessions.begin(at(0s));
  EXPECT_TRUE(sessions.goes_on(begun.session.id, at(59min)));
  EXPECT_FALSE(sessions.goes_on(begun.session.id, at(1h)));
  EXPECT_FALSE(sessions.use(begun.token, at(1h)));
}

TEST_F(ASession, EndsAfterTwelveHoursHoweverItIsUsed) {
  Sessions sessions;
  const auto begun = sessions.begin(at(0s));
  for (Nanoseconds time = 0s; time < 12h; time += 30min) EXPECT_TRUE(sessions.use(begun.token, at(time)));
  EXPECT_FALSE(sessions.use(begun.token, at(12h)));
}

TEST_F(ASession, IsNotFoundByAnythingElse) {
  Sessions sessions;
  const auto begun = sessions.begin(at(0s));
  EXPECT_FALSE(sessions.use("", at(1s)));
  EXPECT_FALSE(sessions.use(begun.session.id, at(1s)));
  EXPECT_FALSE(sessions.use(begun.session.csrf, at(1s)));
  EXPECT_FALSE(sessions.use(begun.token + "A", at(1s)));
}

TEST_F(ASession, EndsAtItsSignOutAndOthersGoOn) {
  Sessions sessions;
  const auto one = sessions.begin(at(0s));
  const auto other = sessions.begin(at(0s));
  EXPECT_TRUE(sessions.end(one.session.id));
  EXPECT_FALSE(sessions.end(one.session.id));
  EXPECT_FALSE(sessions.use(one.token, at(1s)));
  EXPECT_TRUE(sessions.use(other.token, at(1s)));
}

TEST_F(ASession, GivesWayWhereItWasIdleLongest) {
  Sessions sessions;
  const auto first = sessions.begin(at(0s));
  const auto second = sessions.begin(at(0s));
  EXPECT_TRUE(sessions.use(first.token, at(1s)));
  for (std::size_t more = 1; more < Sessions::kMost; more++)
    EXPECT_FALSE(sessions.begin(at(2s)).token.empty());
  EXPECT_TRUE(sessions.use(first.token, at(3s)));
  EXPECT_FALSE(sessions.use(second.token, at(3s)));
}

}  // namespace
}  // namespace vedette
