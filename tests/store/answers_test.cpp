// Every dimension, measure and operator, at every level, against loops over the same rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "store/answer_json.h"
#include "store/query_json.h"
#include "tests/store/asked_queries.h"
#include "tests/store/made_rows.h"
#include "tests/store/plain_answer.h"

namespace vedette::tests {

namespace {

using Rows = std::vector<std::vector<AnswerValue>>;

// Sorted, and means as far as a double tells them.
Rows comparable(Rows rows) {
  for (auto& row : rows)
    for (AnswerValue& value : row)
      if (auto* real = std::get_if<double>(&value)) *real = std::round(*real * 1000) / 1000;
  std::ranges::sort(rows);
  return rows;
}

std::string shown(const Rows& rows) {
  QueryAnswer answer;
  answer.rows = rows;
  if (!rows.empty()) answer.columns.resize(rows[0].size());
  return answer_csv(answer);
}

class Answers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new StoreFolder;
    store_ = opened(folder_->options()).release();
    // Two days, the second half of them written behind the first one's roll-up.
    rows_ = new std::vector(made_flows(1, 6000, noon() - std::chrono::hours(20), noon()));
    for (std::size_t i = 0; i < rows_->size(); i++) {
      store_->put(copy((*rows_)[i]));
      if (i != rows_->size() / 2) continue;
      ASSERT_TRUE(store_->flush());
      const auto tidy = store_->tidy();
      ASSERT_TRUE(tidy) << tidy.error().text();
    }
    const auto flushed = store_->flush();
    ASSERT_TRUE(flushed) << flushed.error().text();
  }
  static void TearDownTestSuite() {
    delete store_;
    delete rows_;
    delete folder_;
  }

  static Query read(const std::string& json) {
    auto query = parse_query(json, noon());
    if (!query) ADD_FAILURE() << json << ": " << query.error().text();
    return query.value_or(Query());
  }

  static void expect_same(const Query& query, const std::string& what) {
    const auto answer = store_->answer(query);
    ASSERT_TRUE(answer) << what << ": " << answer.error().text();
    const Rows expected = comparable(plain_answer(query, *rows_));
    const Rows found = comparable(answer->rows);
    EXPECT_EQ(found == expected, true)
        << what << "\nexpected " << expected.size() << " rows:\n"
        << shown(expected).substr(0, 2000) << "\nfound " << found.size() << ":\n"
        << shown(found).substr(0, 2000);
  }

  static void expect_same(const std::vector<std::string>& queries) {
    for (const std::string& json : queries) expect_same(read(json), json);
  }

  static StoreFolder* folder_;
  static DuckdbStore* store_;
  static std::vector<FlowRow>* rows_;
};

StoreFolder* Answers::folder_ = nullptr;
DuckdbStore* Answers::store_ = nullptr;
std::vector<FlowRow>* Answers::rows_ = nullptr;

}  // namespace

TEST_F(Answers, EveryDimensionGivesEveryMeasure) {
  expect_same(queries_by_each_dimension());
}

TEST_F(Answers, EveryDimensionIsCountedByDistinctValues) {
  expect_same(queries_of_distinct_values());
}

TEST_F(Answers, EveryFilterHoldsWhatItSays) {
  expect_same(queries_by_each_filter());
}

TEST_F(Answers, BucketsOfEveryLength) {
  expect_same(queries_of_buckets());
}

TEST_F(Answers, TheTopAndTheOthersOfWholeSpansAndOfBuckets) {
  expect_same(queries_of_the_top());
}

TEST_F(Answers, SpansThatBeginAndEndWithinMinutesOrHaveNothing) {
  expect_same(queries_of_odd_spans());
}

TEST_F(Answers, TheLevelIsTheCoarsestThatIsExact) {
  const auto level = [&](const std::string& json) { return store_->answer(read(json)).value().level; };
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"]})"), StoreLevel::kHour);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"],"bucket":"1m"})"), StoreLevel::kMinute);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"],"bucket":"90s"})"), StoreLevel::kRaw);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip","dst_ip"]})"), StoreLevel::kRaw);
  EXPECT_EQ(level(R"({"last":"40m","by":["src_ip"]})"), StoreLevel::kMinute);
}

TEST_F(Answers, ParquetHasTheSameRows) {
  const auto answer =
      store_->answer(read(R"({"last":"19h","by":["src_ip","app"],"measures":["bytes","mean:rtt_us"]})"));
  ASSERT_TRUE(answer);
  const auto bytes = store_->parquet(*answer);
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_EQ(bytes->substr(0, 4), "PAR1");
  EXPECT_EQ(bytes->substr(bytes->size() - 4), "PAR1");
  // Nothing of it is left.
  for (const auto& entry : std::filesystem::directory_iterator(folder_->path() / "store"))
    EXPECT_NE(entry.path().extension(), ".parquet");
}

}  // namespace vedette::tests
