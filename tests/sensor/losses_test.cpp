#include "sensor/losses.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sensor/live_stream.h"
#include "serve/status_json.h"

namespace vedette::tests {
namespace {

TEST(Losses, ListEachReasonOnceWithItsMeaning) {
  std::set<std::string_view> reasons, meanings;
  for (const Loss& loss : Losses().all()) {
    EXPECT_TRUE(reasons.insert(loss.reason).second) << loss.reason;
    EXPECT_TRUE(meanings.insert(loss.meaning).second) << loss.meaning;
    EXPECT_TRUE(loss.unit == "packets" || loss.unit == "events") << loss.unit;
    EXPECT_FALSE(loss.reason.empty() || loss.meaning.empty());
    EXPECT_EQ(loss.count, 0U);
  }
  EXPECT_EQ(reasons.size(), kLossReasons);
}

TEST(Losses, AddUpUnderTheReasonThatTheyWereCountedFor) {
  Losses losses;
  losses.add(LossReason::kWatchRingFull, 3);
  losses.add(LossReason::kWatchRingFull, 4);
  losses.add(LossReason::kOwnerUntold, 1);
  for (const Loss& loss : losses.all())
    EXPECT_EQ(loss.count, loss.reason == "watch_ring_full" ? 7U
                          : loss.reason == "owner_untold"  ? 1U
                                                           : 0U)
        << loss.reason;
}

TEST(Losses, StandInJsonUnderTheirUnit) {
  Losses losses;
  losses.add(LossReason::kFlowTableFull, 5);
  losses.add(LossReason::kConnectionTableFull, 6);
  Stats stats;
  stats.losses = losses.all();
  const std::string json = stats_json(stats);
  EXPECT_NE(json.find(R"({"reason":"flow_table_full","packets":5,"meaning":)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"({"reason":"connection_table_full","events":6,"meaning":)"), std::string::npos)
      << json;
  EXPECT_NE(json.find(R"({"reason":"watch_ring_full","packets":0,"meaning":)"), std::string::npos) << json;
}

TEST(LiveStream, CountsWhatItsClientLeavesNoRoomFor) {
  constexpr std::uint64_t kPut = 20'000;
  LiveStream stream([] {});
  for (std::uint64_t i = 0; i < kPut; i++) stream.queue()->put({});
  const std::uint64_t dropped = stream.queue()->dropped_attended();
  std::vector<StreamedPacket> packets;
  stream.next(packets, Nanoseconds(0));
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(packets.size() + dropped, kPut);
  EXPECT_EQ(stream.lost(), dropped);
  stream.queue()->put({});
  EXPECT_EQ(stream.queue()->dropped_attended(), dropped);
}

TEST(LiveStream, TellsAClientThatComesBackMoreThanTheSensorLost) {
  constexpr std::uint64_t kPut = 20'000;
  LiveStream stream([] {});
  stream.set_attended(false);
  for (std::uint64_t i = 0; i < kPut; i++) stream.queue()->put({});
  EXPECT_EQ(stream.queue()->dropped_attended(), 0U);
  const std::uint64_t missed = stream.lost();
  EXPECT_GT(missed, 0U);
  stream.set_attended(true);
  stream.queue()->put({});
  EXPECT_EQ(stream.queue()->dropped_attended(), 1U);
  EXPECT_EQ(stream.lost(), missed + 1);
}

}  // namespace
}  // namespace vedette::tests
