#include "flow/application_totals.h"

#include <gtest/gtest.h>

#include "packet/spoken.h"

namespace vedette {
namespace {

Flow flow_of(std::uint16_t number, std::uint64_t packets) {
  Flow flow;
  flow.spoken = number;
  flow.sent[kInitiator] = {packets, packets * 100};
  flow.sent[kResponder] = {1, 60};
  return flow;
}

TEST(Spoken, GivesEachItsNumber) {
  const std::uint16_t old = spoken_number("tls", "1.0", "too old");
  const std::uint16_t fresh = spoken_number("tls", "1.3", "");
  EXPECT_NE(old, kNothingSpoken);
  EXPECT_NE(old, fresh);
  EXPECT_EQ(spoken_number("tls", "1.0", "too old"), old);
  EXPECT_EQ(spoken(old).app_version, "1.0");
  EXPECT_EQ(spoken(old).outdated_reason, "too old");
  EXPECT_EQ(spoken(kNothingSpoken).app, "");
}

TEST(Spoken, TakesNoMoreVersionsThanItHasRoomFor) {
  const std::uint16_t bare = spoken_number("http", "", "");
  std::uint16_t last = kNothingSpoken;
  for (std::size_t i = 0; i < kMostSpoken + 1; i++)
    last = spoken_number("http", "HTTP/" + std::to_string(i), "");
  EXPECT_EQ(last, bare);
  EXPECT_EQ(spoken_number("never seen before", "1", ""), kNothingSpoken);
}

TEST(ApplicationTotals, SumsFlowsByWhatTheySpeak) {
  const std::uint16_t number = spoken_number("tls", "1.0", "too old");
  ApplicationTotals totals;
  totals.add(flow_of(number, 3));
  totals.add(flow_of(number, 5));
  totals.add(flow_of(kNothingSpoken, 7));
  const auto all = totals.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].app, "");
  EXPECT_EQ(all[0].packets, 8U);
  EXPECT_EQ(all[1].app, "tls");
  EXPECT_EQ(all[1].outdated_reason, "too old");
  EXPECT_EQ(all[1].flows, 2U);
  EXPECT_EQ(all[1].packets, 10U);
  EXPECT_EQ(all[1].bytes, 920U);
}

}  // namespace
}  // namespace vedette
