// Every dimension, measure and operator, at every level, against loops over the same rows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <stdexcept>

#include "store/answer_json.h"
#include "store/duckdb_database.h"
#include "store/embedded_store.h"
#include "store/query_json.h"
#include "store/query_sql.h"
#include "tests/store/asked_queries.h"
#include "tests/store/made_rows.h"
#include "tests/store/plain_answer.h"

namespace vedette::tests {

namespace {

using Rows = std::vector<std::vector<AnswerValue>>;

std::string shown(const Rows& rows) {
  QueryAnswer answer;
  answer.rows = rows;
  if (!rows.empty()) answer.columns.resize(rows[0].size());
  return answer_csv(answer);
}

// What the file holds, read by the engine itself, in a folder of its own.
Rows read_of_parquet(const std::string& bytes, const std::string& statement) {
  const StoreFolder folder;
  const std::filesystem::path file = folder.path() / "read.parquet";
  std::ofstream(file, std::ios::binary) << bytes;
  const auto library = DuckdbLibrary::load(folder.options().library).value();
  const auto database =
      DuckdbDatabase::open(library, {.folder = folder.path(), .memory_bytes = 1 << 28}).value();
  auto connection = database->connect().value();
  auto result = connection.query(fmt::format(fmt::runtime(statement), sql_text(file.native())));
  if (!result) throw std::runtime_error(result.error().text());
  Rows rows;
  result->for_each([&](std::span<const DuckdbResult::Value> row) {
    for (std::vector<AnswerValue>& values = rows.emplace_back(); const DuckdbResult::Value& value : row) {
      AnswerValue& one = values.emplace_back();
      if (const auto* text = std::get_if<std::string_view>(&value.is)) one = std::string(*text);
      if (const auto* number = std::get_if<std::uint64_t>(&value.is)) one = *number;
      if (const auto* real = std::get_if<double>(&value.is)) one = *real;
      if (const auto* flag = std::get_if<bool>(&value.is)) one = *flag;
    }
  });
  return rows;
}

Rows rows_of_parquet(const std::string& bytes) {
  return read_of_parquet(bytes,
                         "SELECT * EXCLUDE (file_row_number) FROM read_parquet({}, file_row_number = "
                         "true) ORDER BY file_row_number");
}

Rows columns_of_parquet(const std::string& bytes) {
  return read_of_parquet(bytes,
                         "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet({}))");
}

Rows typed_columns(const QueryAnswer& answer) {
  const std::map<AnswerKind, std::string> types{{AnswerKind::kInteger, "UBIGINT"},
                                                {AnswerKind::kReal, "DOUBLE"},
                                                {AnswerKind::kText, "VARCHAR"},
                                                {AnswerKind::kFlag, "BOOLEAN"}};
  Rows rows;
  for (const AnswerColumn& column : answer.columns) rows.push_back({column.name, types.at(column.kind)});
  return rows;
}

class Answers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new StoreFolder;
    store_ = opened(folder_->options()).release();
    const Nanoseconds begin = noon() - std::chrono::hours(20);
    const auto flows = made_flows(1, 6000, begin, noon());
    const auto interfaces = made_interfaces(2, 6000, begin, noon());
    const auto news = made_findings(3, 400, begin, noon());
    rows_ = new std::array{plain_rows(flows), plain_rows(news), plain_rows(interfaces)};
    // Two days, the second half of them written behind the first one's roll-up.
    for (std::size_t i = 0; i < flows.size(); i++) {
      store_->put(copy(flows[i]));
      store_->put(interfaces[i]);
      if (i < news.size()) store_->put(news[i]);  // there are fewer
      if (i != flows.size() / 2) continue;
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
    const Rows expected = comparable(plain_answer(query, (*rows_)[static_cast<std::size_t>(query.from)]));
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
  static std::array<std::vector<PlainRow>, 3>* rows_;  // by source
};

StoreFolder* Answers::folder_ = nullptr;
DuckdbStore* Answers::store_ = nullptr;
std::array<std::vector<PlainRow>, 3>* Answers::rows_ = nullptr;

}  // namespace

TEST_F(Answers, EveryDimensionGivesEveryMeasure) {
  expect_same(queries_by_each_dimension(QuerySource::kFlows));
}

TEST_F(Answers, EveryDimensionIsCountedByDistinctValues) {
  expect_same(queries_of_distinct_values(QuerySource::kFlows));
}

TEST_F(Answers, EveryFilterHoldsWhatItSays) {
  expect_same(queries_by_each_filter(QuerySource::kFlows));
}

TEST_F(Answers, BucketsOfEveryLength) {
  expect_same(queries_of_buckets(QuerySource::kFlows));
}

TEST_F(Answers, TheTopAndTheOthersOfWholeSpansAndOfBuckets) {
  expect_same(queries_of_the_top(QuerySource::kFlows));
}

TEST_F(Answers, SpansThatBeginAndEndWithinMinutesOrHaveNothing) {
  expect_same(queries_of_odd_spans(QuerySource::kFlows));
}

TEST_F(Answers, InterfacesAreSummedAsTheirSecondsAre) {
  expect_same(queries_of(QuerySource::kInterfaces));
}

// By what was told of it last.
TEST_F(Answers, EachFindingCountsOnce) {
  expect_same(queries_of(QuerySource::kFindings));
  // It was told more often than that.
  EXPECT_EQ((*rows_)[static_cast<std::size_t>(QuerySource::kFindings)].size(), 400U);
  EXPECT_GT(made_findings(3, 400, noon() - std::chrono::hours(20), noon()).size(), 600U);
}

TEST_F(Answers, TheLevelIsTheCoarsestThatIsExact) {
  const auto level = [&](const std::string& json) { return store_->answer(read(json)).value().level; };
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"]})"), StoreLevel::kHour);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"],"bucket":"1m"})"), StoreLevel::kMinute);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"],"bucket":"90s"})"), StoreLevel::kRaw);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip","dst_ip"]})"), StoreLevel::kRaw);
  EXPECT_EQ(level(R"({"last":"40m","by":["src_ip"]})"), StoreLevel::kMinute);
  EXPECT_EQ(level(R"({"from":"interfaces","last":"19h","by":["interface"]})"), StoreLevel::kHour);
  EXPECT_EQ(level(R"({"from":"interfaces","last":"19h","bucket":"7s"})"), StoreLevel::kRaw);
}

TEST_F(Answers, ParquetHasTheSameRows) {
  for (
      const char* json :
      {R"({"last":"19h","by":["src_ip","app"],"measures":["bytes","mean:rtt_us"]})",
       R"({"last":"19h","by":["interface","process","cgroup","dst_name"],"measures":["min:rtt_us","flows"]})",
       R"({"last":"19h","bucket":"1h","by":["src_country","dst_port"],"top":3,"others":true,)"
       R"("measures":["bytes","distinct:dst_ip","mean:rtt_us"]})",
       R"({"last":"19h","by":["src_ip","dst_ip","src_port","dst_port"],"measures":["packets"]})",
       R"({"from_ns":1000,"to_ns":2000,"by":["src_ip"]})"}) {
    const auto answer = store_->answer(read(json));
    ASSERT_TRUE(answer) << json;
    for (const auto& bytes : {store_->parquet(*answer), parquet_file(folder_->options(), *answer)}) {
      ASSERT_TRUE(bytes) << json << ": " << bytes.error().text();
      EXPECT_EQ(columns_of_parquet(*bytes), typed_columns(*answer)) << json;
      const Rows found = rows_of_parquet(*bytes);
      EXPECT_EQ(found.size(), answer->rows.size()) << json;
      EXPECT_TRUE(found == answer->rows) << json << "\nfound:\n" << shown(found).substr(0, 2000);
    }
  }
  // Nothing of them is left.
  for (const auto& entry : std::filesystem::directory_iterator(folder_->path() / "store"))
    EXPECT_NE(entry.path().extension(), ".parquet");
}

// Of several row groups, which several threads write.
TEST_F(Answers, ParquetOfMostRowsHasThemInTheirOrder) {
  QueryAnswer answer;
  answer.columns = {{.name = "it's \"n\"", .unit = "", .kind = AnswerKind::kInteger},
                    {.name = "text", .unit = "", .kind = AnswerKind::kText}};
  for (std::uint64_t i = 0; i < kMostAnswerRows / 2; i++)
    answer.rows.push_back({i % 7 == 0 ? AnswerValue() : AnswerValue(i),
                           i % 5 == 0 ? AnswerValue() : AnswerValue(std::string(i % 17, 'a'))});
  StoreOptions options = folder_->options();
  options.threads = 4;
  const auto bytes = parquet_file(options, answer);
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_EQ(columns_of_parquet(*bytes), typed_columns(answer));
  EXPECT_TRUE(rows_of_parquet(*bytes) == answer.rows);
}

}  // namespace vedette::tests
