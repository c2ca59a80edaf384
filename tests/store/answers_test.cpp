// Every dimension, measure and operator, at every level, against loops over the same rows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "store/answer_json.h"
#include "store/query_json.h"
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

  static StoreFolder* folder_;
  static DuckdbStore* store_;
  static std::vector<FlowRow>* rows_;
};

StoreFolder* Answers::folder_ = nullptr;
DuckdbStore* Answers::store_ = nullptr;
std::vector<FlowRow>* Answers::rows_ = nullptr;

std::string measures_of_all() {
  std::string list;
  for (const Field& field : fields(QuerySource::kFlows)) {
    const auto add = [&](std::string_view prefix) {
      list += fmt::format("{}\"{}{}\"", list.empty() ? "" : ",", prefix, field.name);
    };
    if (field.use & kSum) add("");
    if (field.use & kSampled) add("mean:"), add("min:"), add("max:"), add("count:");
  }
  return list;
}

}  // namespace

TEST_F(Answers, EveryDimensionGivesEveryMeasure) {
  for (const Field& field : fields(QuerySource::kFlows))
    if (field.use & kBy)
      for (const char* span : {R"("last":"1h")", R"("last":"19h")", R"("last":"3w")"})
        expect_same(
            read(fmt::format(R"({{{},"by":["{}"],"measures":[{}]}})", span, field.name, measures_of_all())),
            fmt::format("by {} {}", field.name, span));
}

TEST_F(Answers, EveryDimensionIsCountedByDistinctValues) {
  for (const Field& field : fields(QuerySource::kFlows))
    if (field.use & kBy)
      for (const char* by : {R"([])", R"(["protocol"])", R"(["src_ip"])"})
        expect_same(
            read(fmt::format(R"({{"last":"19h","by":{},"measures":["distinct:{}"]}})", by, field.name)),
            fmt::format("distinct:{} by {}", field.name, by));
}

TEST_F(Answers, EveryFilterHoldsWhatItSays) {
  // By kind: values, of which some occur.
  const auto value_of = [](const Field& field) -> std::string {
    if (field.kind == FieldKind::kAddress)
      return field.name == "dst_ip" ? R"("10.0.1.44")" : R"("10.0.0.0/27")";
    if (field.name == "protocol") return R"("udp")";
    if (field.name == "state") return R"("established")";
    if (field.name == "tunnel") return R"("geneve")";
    if (field.name == "verdict") return R"("drop")";
    if (field.kind == FieldKind::kFlag) return "true";
    if (field.name == "ip_version") return "6";
    if (field.name == "vlan") return "101";
    if (field.name.ends_with("asn")) return "64502";
    if (field.name == "pid") return "102";
    if (field.name == "src_port") return "40020";
    if (field.kind == FieldKind::kNumber) return field.name.ends_with("_us") ? "30000" : "80";
    if (field.name == "interface") return R"("wg-o'brien")";
    if (field.name == "app") return R"("tls")";
    if (field.name == "app_version") return R"("1.3")";
    if (field.name == "process") return R"("a \"name\", it's")";
    if (field.name == "cgroup") return R"("/system.slice/it's.service")";
    if (field.name == "src_name") return R"("host.example")";
    if (field.name == "dst_name") return R"("a-name-that-is-longer-than-twelve-bytes.example")";
    return R"("NL")";
  };
  for (const Field& field : fields(QuerySource::kFlows)) {
    if (!(field.use & kWhere)) continue;
    const std::string value = value_of(field);
    std::vector<std::pair<std::string, std::string>> cases{
        {"=", value}, {"!=", value}, {"=", "null"}, {"!=", "null"}, {"in", "[null," + value + "]"}};
    if (field.kind == FieldKind::kNumber)
      for (const char* op : {"<", "<=", ">", ">="}) cases.emplace_back(op, value);
    for (const auto& [op, of] : cases)
      expect_same(
          read(fmt::format(
              R"({{"last":"19h","by":["protocol"],"measures":["bytes","flows"],"where":[{{"field":"{}","op":"{}","value":{}}}]}})",
              field.name, op, of)),
          fmt::format("{} {} {}", field.name, op, of));
  }
}

TEST_F(Answers, FiltersAllHold) {
  expect_same(read(R"({"last":"19h","by":["dst_port"],"measures":["packets"],"where":[
      {"field":"app","op":"in","value":["tls","http"]},{"field":"ip","op":"!=","value":"2001:db8::/32"},
      {"field":"dst_port","op":">=","value":80}]})"),
              "three filters");
}

TEST_F(Answers, BucketsOfEveryLength) {
  for (const char* bucket : {"7s", "1m", "90s", "5m", "1h", "6h", "1d"})
    for (const char* by : {R"([])", R"(["interface"])", R"(["src_ip"])", R"(["dst_port","app"])"})
      expect_same(
          read(fmt::format(R"({{"last":"19h","bucket":"{}","by":{},"measures":["bytes","mean:rtt_us"]}})",
                           bucket, by)),
          fmt::format("{} by {}", bucket, by));
}

TEST_F(Answers, TheTopAndTheOthersOfWholeSpansAndOfBuckets) {
  for (const char* others : {"false", "true"})
    for (const char* bucket : {"", R"("bucket":"1h",)", R"("bucket":"10m",)"})
      for (const char* by : {R"(["src_ip"])", R"(["src_country","dst_port"])"})
        expect_same(
            read(fmt::format(
                R"({{"last":"19h",{}"by":{},"measures":["bytes","distinct:dst_ip","mean:rtt_us"],"top":3,"others":{}}})",
                bucket, by, others)),
            fmt::format("top 3 by {} {} others {}", by, bucket, others));
}

TEST_F(Answers, SpansThatBeginAndEndWithinMinutes) {
  const std::int64_t end = noon().count();
  for (const auto& [first, last] :
       {std::pair{end - 7'200'123'456'789, end - 1}, std::pair{end - 61'000'000'000, end - 59'999'999'999},
        std::pair{end - 40'000'000'000, end - 39'000'000'000},
        std::pair{end - 50'000'000'000'001, end - 30'000'000'000'001}})
    for (const char* by : {"src_ip", "src_port"})
      expect_same(
          read(fmt::format(R"({{"from_ns":{},"to_ns":{},"by":["{}"],"measures":["bytes","packets"]}})", first,
                           last, by)),
          fmt::format("{} to {} by {}", first, last, by));
}

TEST_F(Answers, TheLevelIsTheCoarsestThatIsExact) {
  const auto level = [&](const std::string& json) { return store_->answer(read(json)).value().level; };
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"]})"), StoreLevel::kHour);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"],"bucket":"1m"})"), StoreLevel::kMinute);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip"],"bucket":"90s"})"), StoreLevel::kRaw);
  EXPECT_EQ(level(R"({"last":"19h","by":["src_ip","dst_ip"]})"), StoreLevel::kRaw);
  EXPECT_EQ(level(R"({"last":"40m","by":["src_ip"]})"), StoreLevel::kMinute);
}

TEST_F(Answers, WhatNothingMatchesHasNoRows) {
  expect_same(read(R"({"last":"1h","measures":["bytes"],"where":[{"field":"dst_port","op":"=","value":1}]})"),
              "none");
  expect_same(read(R"({"from_ns":1000,"to_ns":2000,"by":["src_ip"]})"), "1970");
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
