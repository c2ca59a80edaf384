#include <gtest/gtest.h>

#include "store/query_json.h"
#include "store/trusted_clock.h"
#include "tests/store/made_rows.h"
#include "tests/store/plain_answer.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

Nanoseconds now() {
  return std::chrono::system_clock::now().time_since_epoch();
}

std::uint64_t sum_of(Store& store, const std::string& json) {
  const auto answer = store.answer(parse_query(json, now()).value());
  if (!answer) throw std::runtime_error(answer.error().text());
  return answer->rows.empty() ? 0 : std::get<std::uint64_t>(answer->rows[0].back());
}

std::uint64_t packets_of(const std::vector<FlowRow>& rows) {
  std::uint64_t sum = 0;
  for (const FlowRow& row : rows) sum += row.packets;
  return sum;
}

}  // namespace

TEST(Retention, WhatIsTooOldAtOneLevelIsAnsweredByTheNext) {
  const StoreFolder folder;
  StoreOptions options = folder.options();
  options.days = 2;
  options.minute_days = 10;
  options.clock_trusted_after = 0ns;
  const auto store = opened(options);
  const auto recent = made_flows(1, 500, now() - std::chrono::hours(20), now());
  const auto older = made_flows(2, 500, now() - std::chrono::days(6), now() - std::chrono::days(5));
  const auto oldest = made_flows(3, 500, now() - std::chrono::days(40), now() - std::chrono::days(38));
  for (const auto* rows : {&recent, &older, &oldest}) put_all(*store, *rows);
  ASSERT_TRUE(store->flush());
  const std::uint64_t all = packets_of(recent) + packets_of(older) + packets_of(oldest);
  const std::string by_link = R"({"last":"60d","measures":["packets"]})";
  const std::string by_port =
      R"({"last":"60d","measures":["packets"],"where":[{"field":"src_port","op":"!=","value":1}]})";
  EXPECT_EQ(sum_of(*store, by_link), all);
  EXPECT_EQ(sum_of(*store, by_port), all);
  // To roll up and close the days, which goes on beside, and then to remove them.
  for (int times = 0; times < 50 && sum_of(*store, by_port) != packets_of(recent); times++)
    ASSERT_TRUE(store->tidy());
  EXPECT_EQ(sum_of(*store, by_link), all);
  EXPECT_EQ(sum_of(*store, by_port), packets_of(recent)) << "only the rows themselves know source ports";
  const auto there = day_files(options.folder).value();
  for (const DayFile& file : there)
    if (file.level == FileLevel::kRaw) {
      EXPECT_GE(file.end(), now() - std::chrono::days(2)) << file.name();
    } else if (file.level == FileLevel::kMinute) {
      EXPECT_GE(file.end(), now() - std::chrono::days(10)) << file.name();
    }
}

// As where rows waited while the disk was full, past their day's end.
TEST(Retention, RowsThatComeForADayThatWasClosedAreRolledUpToo) {
  const StoreFolder folder;
  const auto rows = made_flows(4, 500, now() - std::chrono::days(6), now() - std::chrono::days(5));
  const auto late = made_flows(5, 300, now() - std::chrono::days(6), now() - std::chrono::days(5));
  const auto today = made_flows(6, 1, now() - 1s, now());
  {
    const auto store = opened(folder.options());
    for (const auto* some : {&rows, &late}) {
      // The day is closed when the next rows are written.
      for (const auto* next : {some, &today}) {
        put_all(*store, *next);
        ASSERT_TRUE(store->flush());
      }
      ASSERT_TRUE(store->tidy());
    }
  }
  const std::filesystem::path store_folder = folder.options().folder;
  const auto there = day_files(store_folder).value();
  for (const DayFile& file : there)
    if (file.level == FileLevel::kRaw && file.end() < now() - std::chrono::days(2))
      std::filesystem::remove(store_folder / file.name());
  const auto store = opened(folder.options());
  EXPECT_EQ(sum_of(*store, R"({"last":"60d","measures":["packets"]})"),
            packets_of(rows) + packets_of(late) + 2 * packets_of(today));
}

TEST(Retention, RoomIsKeptByRemovingTheOldestDays) {
  const StoreFolder folder;
  StoreOptions options = folder.options();
  options.most_bytes = 32 << 20;
  const auto store = opened(options);
  for (std::uint32_t day = 0; day < 6; day++) {
    put_all(*store,
            made_flows(day, 10'000, now() - std::chrono::days(day + 1), now() - std::chrono::days(day)));
    ASSERT_TRUE(store->flush());
  }
  for (int times = 0; times < 3; times++) ASSERT_TRUE(store->tidy());
  EXPECT_LE(store->status().bytes, options.most_bytes);
  EXPECT_GT(
      sum_of(*store,
             R"({"last":"1d","measures":["packets"],"where":[{"field":"src_port","op":"!=","value":1}]})"),
      0U);
}

TEST(TrustedClock, AClockThatJumpedIsNotBelievedForAnHour) {
  TrustedClock clock(1h);
  EXPECT_FALSE(clock.look(100h, 0h));
  EXPECT_FALSE(clock.look(100h + 59min, 59min));
  EXPECT_TRUE(clock.look(101h, 1h));
  EXPECT_FALSE(clock.look(200'000h, 1h + 1min)) << "set years ahead";
  EXPECT_FALSE(clock.look(101h + 2min, 1h + 2min)) << "and back";
  EXPECT_TRUE(clock.look(102h + 2min, 2h + 2min));
}

TEST(ClockJumps, LoseNothing) {
  const StoreFolder folder;
  StoreOptions options = folder.options();
  options.clock_trusted_after = 1h;
  const auto store = opened(options);
  std::uint64_t packets = 0;
  for (const Nanoseconds begin :
       {Nanoseconds(5min), noon(), noon() + std::chrono::days(5000), noon() - std::chrono::days(1)}) {
    const auto rows = made_flows(7, 200, begin, begin + 1min);
    packets += packets_of(rows);
    put_all(*store, rows);
    ASSERT_TRUE(store->flush());
    ASSERT_TRUE(store->tidy());
  }
  EXPECT_EQ(sum_of(*store, R"({"from_ns":0,"to_ns":9000000000000000000,"measures":["packets"]})"), packets);
}

}  // namespace vedette::tests
