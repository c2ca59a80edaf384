// The cluster engine against real servers: the same answers as the embedded engine's, row for row.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "store/answer_json.h"
#include "store/clickhouse_store.h"
#include "store/query_json.h"
#include "tests/store/clickhouse_servers.h"
#include "tests/store/made_rows.h"
#include "tests/store/plain_answer.h"

namespace vedette::tests {

namespace {

// What both answer, but for the time it took and means' last digits.
std::string shown(QueryAnswer answer) {
  for (auto& row : answer.rows)
    for (AnswerValue& value : row)
      if (auto* real = std::get_if<double>(&value)) *real = std::round(*real * 1000) / 1000;
  return answer_csv(answer);
}

class ClickhouseAnswers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (missing_clickhouse()) return;
    folder_ = new StoreFolder;
    server_ = new ClickhouseProcess(folder_->path() / "server", {});
    server_->start();
    embedded_ = opened(folder_->options()).release();
    StoreOptions options = folder_->options();
    options.folder = folder_->path() / "spool";
    options.servers = {server_->url()};
    auto cluster = ClickhouseStore::open(options);
    ASSERT_TRUE(cluster) << cluster.error().text();
    cluster_ = cluster->release();
    // Two days, the second half of them written behind the first one's roll-up.
    const auto rows = made_flows(1, 6000, noon() - std::chrono::hours(20), noon());
    for (std::size_t i = 0; i < rows.size(); i++) {
      embedded_->put(copy(rows[i]));
      cluster_->put(copy(rows[i]));
      if (i % 1000 != 999) continue;
      const auto flushed = cluster_->flush();
      ASSERT_TRUE(flushed) << flushed.error().text();
      ASSERT_TRUE(embedded_->flush());
      if (i / 1000 > 2) continue;
      const auto tidy = cluster_->tidy();
      ASSERT_TRUE(tidy) << tidy.error().text();
      ASSERT_TRUE(embedded_->tidy());
    }
  }
  static void TearDownTestSuite() {
    delete cluster_;
    delete embedded_;
    delete server_;
    delete folder_;
  }

  void SetUp() override {
    if (const auto missing = missing_clickhouse()) GTEST_SKIP() << *missing;
    ASSERT_EQ(cluster_->status().why_not, "");
    ASSERT_EQ(cluster_->status().waiting, 0U);
  }

  static void expect_same(const std::string& json) {
    const auto query = parse_query(json, noon());
    ASSERT_TRUE(query) << json << ": " << query.error().text();
    const auto expected = embedded_->answer(*query);
    ASSERT_TRUE(expected) << json << ": " << expected.error().text();
    const auto found = cluster_->answer(*query);
    ASSERT_TRUE(found) << json << ": " << found.error().text();
    EXPECT_EQ(found->level, expected->level) << json;
    EXPECT_EQ(found->begin, expected->begin) << json;
    EXPECT_EQ(found->end, expected->end) << json;
    const std::string one = shown(*expected), other = shown(*found);
    EXPECT_TRUE(one == other) << json << "\nembedded:\n"
                              << one.substr(0, 2000) << "\ncluster:\n"
                              << other.substr(0, 2000);
  }

  static StoreFolder* folder_;
  static ClickhouseProcess* server_;
  static DuckdbStore* embedded_;
  static ClickhouseStore* cluster_;
};

StoreFolder* ClickhouseAnswers::folder_ = nullptr;
ClickhouseProcess* ClickhouseAnswers::server_ = nullptr;
DuckdbStore* ClickhouseAnswers::embedded_ = nullptr;
ClickhouseStore* ClickhouseAnswers::cluster_ = nullptr;

}  // namespace

TEST_F(ClickhouseAnswers, SumsAreTheSame) {
  expect_same(R"({"last":"19h","by":["protocol"],"measures":["bytes","packets","flows"]})");
}

}  // namespace vedette::tests
