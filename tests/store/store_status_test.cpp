// What a store says of itself: what it took, wrote and answered, what waits, and what it takes up.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/duckdb_store.h"
#include "store/query_json.h"
#include "store/row_queue.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

Query question(const char* json) {
  return parse_query(json, noon()).value();
}

}  // namespace

TEST(RowQueueBytes, AreThoseOfWhatWaitsUntilAllThatWasTakenIsDone) {
  RowQueue queue(3);
  queue.put(InterfaceRow{});
  queue.put(FlowRow{});
  EXPECT_EQ(queue.counts().bytes, sizeof(InterfaceRow) + sizeof(FlowRow));
  const RowBatch taken = queue.take(0ms);
  EXPECT_EQ(taken.size(), 2U);
  queue.put(InterfaceRow{});
  queue.put(InterfaceRow{});  // finds no room
  EXPECT_EQ(queue.counts().bytes, 2 * sizeof(InterfaceRow) + sizeof(FlowRow));
  queue.done(1);
  EXPECT_EQ(queue.counts().bytes, 2 * sizeof(InterfaceRow) + sizeof(FlowRow));
  queue.done(1);
  EXPECT_EQ(queue.counts().bytes, sizeof(InterfaceRow));
  queue.give_up(0);
  EXPECT_EQ(queue.counts().full, 1U);
}

TEST(StoreStatus, TellsWhatWasTakenWrittenAndAsked) {
  const StoreFolder folder;
  const Nanoseconds before = std::chrono::system_clock::now().time_since_epoch();
  const auto store = opened(folder.options());
  EXPECT_FALSE(store->status().last_write);
  put_all(*store, made_flows(1, 300, noon() - 1h, noon()));
  ASSERT_TRUE(store->flush());
  ASSERT_TRUE(store->answer(question(R"({"last":"1d"})")));
  const StoreStatus status = store->status();
  EXPECT_EQ(status.accepted, 300U);
  EXPECT_EQ(status.rows, 300U);
  EXPECT_EQ(status.waiting + status.queued_bytes + status.spooled_rows + status.spooled_bytes, 0U);
  EXPECT_EQ(status.failed_writes, 0U);
  ASSERT_TRUE(status.last_write);
  EXPECT_GE(*status.last_write, before);
  EXPECT_EQ(status.queries.answered, 1U);
  EXPECT_EQ(status.queries.refused + status.queries.failed, 0U);
  EXPECT_GT(status.queries.spent, 0ns);
}

TEST(StoreStatus, TellsWhatEachLevelTakesUpAndForHowLongItIsKept) {
  const StoreFolder folder;
  StoreOptions options = folder.options();
  options.days = 5000;
  options.minute_days = 5001;
  options.hour_days = 5002;
  {
    const auto store = opened(options);
    put_all(*store, made_flows(2, 5000, noon() - 26h, noon()));
    put_all(*store, made_findings(3, 5, noon() - 1h, noon()));
    ASSERT_TRUE(store->flush());
  }
  // Hours are summed each quarter of one, and at the start.
  const auto store = opened(options);
  ASSERT_TRUE(store->tidy());
  const StoreStatus status = store->status();
  std::uint64_t bytes = 0;
  std::vector<std::string> levels;
  for (const StoredTable& table : status.tables) {
    levels.push_back(table.name);
    bytes += table.bytes;
    std::uint64_t on_disk = 0;
    for (const auto& entry : std::filesystem::directory_iterator(options.folder))
      if (entry.path().filename().native().starts_with(table.name + "-")) on_disk += entry.file_size();
    EXPECT_EQ(table.bytes, on_disk) << table.name;
  }
  ASSERT_EQ(levels, (std::vector<std::string>{"raw", "minute", "hour", "finding"}));
  EXPECT_EQ(bytes, status.bytes);
  EXPECT_EQ(status.tables[0].oldest, noon() - 36h);
  EXPECT_EQ(status.tables[1].oldest, noon() - 36h);
  EXPECT_LE(status.tables[2].oldest.value(), noon() - 36h);
  for (std::uint32_t level = 0; level < 3; level++) EXPECT_EQ(status.tables[level].days, 5000 + level);
  EXPECT_EQ(status.tables[3].days, 5002U);
  ASSERT_TRUE(status.disk);
  EXPECT_EQ(status.disk->bytes, std::filesystem::space(options.folder).capacity);
  EXPECT_GT(status.disk->free_bytes, 0U);
}

TEST(StoreStatus, CountsTheAttemptsThatFailed) {
  const StoreFolder folder;
  StoreOptions options = folder.options();
  // A file where the folder is to be.
  ASSERT_TRUE(std::filesystem::create_directories(options.folder.parent_path()) ||
              std::filesystem::exists(options.folder.parent_path()));
  { std::ofstream file(options.folder); }
  const auto store = opened(options);
  put_all(*store, made_flows(3, 10, noon() - 1h, noon()));
  ASSERT_FALSE(store->flush());
  EXPECT_FALSE(store->answer(question(R"({"last":"1d"})")));
  const StoreStatus status = store->status();
  EXPECT_FALSE(status.writing);
  EXPECT_GE(status.failed_writes, 1U);
  EXPECT_EQ(status.accepted, 10U);
  EXPECT_EQ(status.rows, 0U);
  EXPECT_EQ(status.waiting, 10U);
  EXPECT_EQ(status.queued_bytes, 10 * sizeof(FlowRow));
  EXPECT_FALSE(status.last_write);
  EXPECT_EQ(status.queries.refused, 1U);
}

}  // namespace vedette::tests
