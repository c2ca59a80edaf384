// Files that an earlier sensor wrote, whose tables lack columns of today's: they answer, what they don't have
// is unknown, and new rows go into them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/cube.h"
#include "store/duckdb_database.h"
#include "store/query_json.h"
#include "tests/store/made_rows.h"
#include "tests/store/plain_answer.h"

namespace vedette::tests {

namespace {

using Rows = std::vector<std::vector<AnswerValue>>;

// Leaves the files as if the later columns had never been.
void make_older(const StoreOptions& options) {
  const auto library = DuckdbLibrary::load(options.library);
  ASSERT_TRUE(library);
  auto database = DuckdbDatabase::open(*library, {.folder = options.folder, .memory_bytes = 1 << 28});
  ASSERT_TRUE(database) << database.error().text();
  auto connection = (*database)->connect();
  ASSERT_TRUE(connection);
  std::size_t dropped = 0;
  const auto files = day_files(options.folder);
  ASSERT_TRUE(files);
  for (const DayFile& file : *files) {
    ASSERT_TRUE(connection->run(
        fmt::format("ATTACH '{}' AS {}", (options.folder / file.name()).native(), file.schema())));
    for (const LaterColumn& later : later_columns())
      dropped +=
          connection
              ->run(fmt::format("ALTER TABLE {}.{} DROP COLUMN {}", file.schema(), later.table, later.column))
              .has_value();
    ASSERT_TRUE(connection->run(fmt::format("CHECKPOINT {0}; DETACH {0}", file.schema())));
  }
  // Each day's rows, their minutes, and the month's hours.
  EXPECT_GE(dropped, 3U);
}

void expect_same(DuckdbStore& store, const std::vector<FlowRow>& rows) {
  for (const char* json :
       {R"({"last":"19h","by":["fingerprint"],"measures":["bytes","flows","mean:rtt_us"]})",
        R"({"last":"19h","by":["fingerprint","src_ip"],"measures":["bytes"]})",
        R"({"last":"19h","by":["app","app_version"],"measures":["bytes","max:rtt_us"]})",
        R"({"last":"19h","measures":["distinct:fingerprint"]})",
        R"({"last":"40m","by":["protocol","fingerprint"],"measures":["packets"]})"}) {
    const auto query = parse_query(json, noon());
    ASSERT_TRUE(query);
    const auto answer = store.answer(*query);
    ASSERT_TRUE(answer) << json << ": " << answer.error().text();
    Rows expected = plain_answer(*query, rows), found = answer->rows;
    std::ranges::sort(expected), std::ranges::sort(found);
    EXPECT_TRUE(expected == found) << json;
    EXPECT_FALSE(found.empty());
  }
}

}  // namespace

TEST(OlderTables, AnswerAndTakeNewRows) {
  const StoreFolder folder;
  std::vector<FlowRow> rows = made_flows(7, 3000, noon() - std::chrono::hours(19), noon());
  {
    const auto store = opened(folder.options());
    put_all(*store, rows);
    ASSERT_TRUE(store->flush());
    const auto tidy = store->tidy();
    ASSERT_TRUE(tidy) << tidy.error().text();
  }
  make_older(folder.options());
  for (FlowRow& row : rows) row.fingerprint = 0;
  const auto store = opened(folder.options());
  expect_same(*store, rows);
  for (FlowRow& row : made_flows(8, 2000, noon() - std::chrono::hours(19), noon())) {
    store->put(copy(row));
    rows.push_back(std::move(row));
  }
  ASSERT_TRUE(store->flush());
  expect_same(*store, rows);
  const auto tidy = store->tidy();
  ASSERT_TRUE(tidy) << tidy.error().text();
  expect_same(*store, rows);
}

}  // namespace vedette::tests
