// The cluster engine against real servers: the same answers as the embedded engine's, row for row.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "store/answer_json.h"
#include "store/clickhouse_store.h"
#include "store/query_json.h"
#include "store/wide_address.h"
#include "tests/store/asked_queries.h"
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
  void SetUp() override {
    // Another release's server, with an empty database.
    const char* url = std::getenv("VEDETTE_CLICKHOUSE_URL");
    if (!url) {
      if (const auto missing = missing_clickhouse()) GTEST_SKIP() << *missing;
      server_.start();
    }
    embedded_ = opened(folder_.options());
    url_ = url ? url : server_.url();
    auto cluster = ClickhouseStore::open(cluster_options());
    ASSERT_TRUE(cluster) << cluster.error().text();
    cluster_ = std::move(*cluster);
    const Nanoseconds begin = noon() - std::chrono::hours(20);
    const auto rows = made_flows(1, 6000, begin, noon());
    const auto interfaces = made_interfaces(2, rows.size(), begin, noon());
    const auto news = made_findings(3, 400, begin, noon());
    plain_ = {plain_rows(rows), plain_rows(news), plain_rows(interfaces)};
    // Two days, the second half of them written behind the first one's roll-up.
    for (std::size_t i = 0; i < rows.size(); i++) {
      for (Store* store : std::initializer_list<Store*>{embedded_.get(), cluster_.get()}) {
        store->put(copy(rows[i]));
        store->put(interfaces[i]);
        if (i < news.size()) store->put(news[i]);  // there are fewer
      }
      if (i % 1000 != 999) continue;
      const auto flushed = cluster_->flush();
      ASSERT_TRUE(flushed) << flushed.error().text();
      ASSERT_TRUE(embedded_->flush());
      if (i / 1000 > 2) continue;
      const auto tidy = cluster_->tidy();
      ASSERT_TRUE(tidy) << tidy.error().text();
      ASSERT_TRUE(embedded_->tidy());
    }
    ASSERT_EQ(cluster_->status().why_not, "");
    ASSERT_EQ(cluster_->status().waiting, 0U);
  }

  void expect_same(const std::string& json, bool some_rows = false) {
    const auto query = parse_query(json, noon());
    ASSERT_TRUE(query) << json << ": " << query.error().text();
    const auto expected = embedded_->answer(*query);
    ASSERT_TRUE(expected) << json << ": " << expected.error().text();
    const auto found = cluster_->answer(*query);
    ASSERT_TRUE(found) << json << ": " << found.error().text();
    EXPECT_FALSE(some_rows && expected->rows.empty()) << json;
    EXPECT_EQ(found->level, expected->level) << json;
    EXPECT_EQ(found->begin, expected->begin) << json;
    EXPECT_EQ(found->end, expected->end) << json;
    const std::string one = shown(*expected), other = shown(*found);
    EXPECT_TRUE(one == other) << json << "\nembedded:\n"
                              << one.substr(0, 2000) << "\ncluster:\n"
                              << other.substr(0, 2000);
  }

  // Against loops over the rows.
  void expect_plain(const std::string& json) {
    const auto query = parse_query(json, noon()).value();
    const auto found = cluster_->answer(query);
    ASSERT_TRUE(found) << json << ": " << found.error().text();
    const auto& rows = plain_[static_cast<std::size_t>(query.from)];
    EXPECT_TRUE(comparable(found->rows) == comparable(plain_answer(query, rows)))
        << json << "\n"
        << shown(*found).substr(0, 2000);
  }

  void of_recent_flows() {
    auto expected = embedded_->recent_flows(std::chrono::minutes(30));
    auto found = cluster_->recent_flows(std::chrono::minutes(30));
    ASSERT_TRUE(expected);
    ASSERT_TRUE(found) << found.error().text();
    EXPECT_EQ(found->since, expected->since);
    const auto sums = [](const Store::RecentFlows& recent) {
      std::vector<std::string> all;
      for (const StoredFlow& flow : recent.flows)
        all.push_back(fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {}",
                                  wide_address_text(wide_address(flow.src, flow.ip_version)),
                                  wide_address_text(wide_address(flow.dst, flow.ip_version)), flow.protocol,
                                  flow.src_port, flow.dst_port, flow.vlan, flow.interface.data(),
                                  flow.first.count(), flow.packets, flow.bytes, flow.reply_packets,
                                  flow.reply_bytes, flow.ended, flow.ip_version));
      std::ranges::sort(all);
      return all;
    };
    EXPECT_FALSE(found->flows.empty());
    EXPECT_EQ(sums(*found), sums(*expected));
  }

  void of_flows() {
    FlowSearch search;
    search.begin = noon() - std::chrono::hours(19);
    search.end = noon();
    search.limit = 200;
    for (const std::string& filter : searched_filters())
      for (const char* sort : {"-bytes", "src_ip", "-duration_ns"}) {
        search.filter = filter;
        search.sort = sort;
        search.skip = sort[0] == '-' ? 0 : 30;
        const auto expected = embedded_->find_flows(search);
        const auto found = cluster_->find_flows(search);
        ASSERT_TRUE(expected) << filter << ": " << expected.error().text();
        ASSERT_TRUE(found) << filter << ": " << found.error().text();
        EXPECT_EQ(found->total, expected->total) << filter;
        std::string one, other;
        for (const auto& row : expected->rows) one += found_flow_json(row) + "\n";
        for (const auto& row : found->rows) other += found_flow_json(row) + "\n";
        EXPECT_EQ(other, one) << filter << " by " << sort;
      }
  }

  StoreOptions cluster_options() const {
    StoreOptions options = folder_.options();
    options.folder = folder_.path() / "spool";
    options.servers = {url_};
    options.days = options.minute_days = options.hour_days = 36'500;  // the rows are old
    return options;
  }

  const StoreFolder folder_;
  std::string url_;
  ClickhouseProcess server_{folder_.path() / "server", {}};
  std::unique_ptr<DuckdbStore> embedded_;
  std::unique_ptr<ClickhouseStore> cluster_;
  std::array<std::vector<PlainRow>, 3> plain_;  // what was put, by source
};

}  // namespace

TEST_F(ClickhouseAnswers, AreTheEmbeddedEnginesRowForRow) {
  for (const QuerySource source : {QuerySource::kFlows, QuerySource::kFindings, QuerySource::kInterfaces})
    for (const std::string& json : queries_of(source)) {
      expect_same(json);
      expect_plain(json);
    }
  of_recent_flows();
  of_flows();
}

TEST_F(ClickhouseAnswers, OfTablesThatAnEarlierSensorMade) {
  cluster_.reset();
  auto address = parse_clickhouse_url(url_);
  ASSERT_TRUE(address);
  const std::string database = address->database;
  auto server = ClickhouseServer::open(std::move(*address));
  ASSERT_TRUE(server);
  for (const char* table : {"flows", "minute_flows_by_app", "hour_flows_by_app"}) {
    const auto dropped =
        (*server)->ask(fmt::format("ALTER TABLE {}.{} DROP COLUMN fingerprint", database, table));
    ASSERT_TRUE(dropped) << dropped.error().text();
  }
  auto cluster = ClickhouseStore::open(cluster_options());
  ASSERT_TRUE(cluster);
  cluster_ = std::move(*cluster);
  for (const FlowRow& row : made_flows(2, 500, noon() - std::chrono::hours(1), noon())) {
    embedded_->put(copy(row));
    cluster_->put(copy(row));
  }
  const auto flushed = cluster_->flush();
  ASSERT_TRUE(flushed) << flushed.error().text();
  ASSERT_TRUE(embedded_->flush());
  ASSERT_TRUE(cluster_->tidy());
  ASSERT_TRUE(embedded_->tidy());
  expect_same(R"({"last":"1h","by":["app"],"measures":["bytes","flows"]})", true);
  // Those of the earlier rows went with their column.
  const auto later = [&](Store& store) {
    const auto answer = store.answer(
        parse_query(R"({"last":"19h","by":["fingerprint"],"measures":["bytes"]})", noon()).value());
    EXPECT_TRUE(answer);
    return answer->rows.size();
  };
  EXPECT_EQ(later(*cluster_), 3U);
  EXPECT_EQ(later(*embedded_), 3U);
}

}  // namespace vedette::tests
