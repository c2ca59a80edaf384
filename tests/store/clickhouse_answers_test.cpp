// The cluster engine against real servers: the same answers as the embedded engine's, row for row.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/prefix.h"
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

// Findings, each of which is told three times, and an hour of interfaces' seconds.
void put_others(Store& store) {
  for (unsigned i = 0; i < 30; i++)
    for (unsigned news = 0; news < 3; news++) {
      Finding finding;
      finding.detector = i % 2 == 0 ? "port_scan" : "it's";
      finding.kind = static_cast<FindingKind>(i % kFindingKinds);
      finding.severity = static_cast<Severity>((i + news) % kSeverities);
      finding.source = parse_prefix(i % 3 == 0 ? "192.0.2.0/24" : fmt::format("2001:db8::{}", i)).value();
      if (i % 4 != 0) finding.target = parse_prefix(fmt::format("198.51.100.{}", i)).value();
      if (i % 5 != 0) finding.port = static_cast<std::uint16_t>(i);
      finding.first = noon() - std::chrono::minutes(100 + i);
      finding.detected = finding.first + std::chrono::minutes(1);
      finding.packets = i * 10 + news;
      finding.bytes = finding.packets * 60;
      finding.score = 0.5 * i + news;
      finding.why = fmt::format("told {} times\n\twith \\ and 'quotes'", news);
      store.put(finding);
    }
  for (unsigned second = 0; second < 3600; second++)
    for (std::uint8_t direction = 0; direction < 2; direction++) {
      InterfaceRow row;
      row.time = noon() - std::chrono::hours(1) + std::chrono::seconds(second);
      row.interface = {'e', 't', 'h', '0'};
      row.direction = direction;
      row.packets = second;
      row.bytes = second * 100;
      row.dropped_bytes = direction;
      row.lost_packets = second % 2;
      store.put(row);
    }
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
    put_others(*embedded_);
    put_others(*cluster_);
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

  void of_interfaces_and_findings() {
    for (
        const char* json :
        {R"({"last":"2h","from":"interfaces","by":["interface","direction"],"bucket":"1m"})",
         R"({"last":"2h","from":"interfaces","measures":["bytes","packets","lost_packets","dropped_bytes"]})",
         R"({"last":"2h","from":"findings","by":["id","kind","severity","action","why","detector"],)"
         R"("measures":["findings","packets","bytes","max:score","mean:score","min:score"]})",
         R"({"last":"2h","from":"findings","by":["src_ip","src_prefix","dst_ip","dst_port"]})",
         R"({"last":"2h","from":"findings","by":["severity"],"bucket":"10m","where":[)"
         R"({"field":"severity","op":">=","value":"medium"},{"field":"kind","op":"!=","value":"beacon"}]})"})
      expect_same(json, true);
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
};

}  // namespace

TEST_F(ClickhouseAnswers, AreTheEmbeddedEnginesRowForRow) {
  for (const auto& queries :
       {queries_by_each_dimension(), queries_of_distinct_values(), queries_by_each_filter(),
        queries_of_buckets(), queries_of_the_top(), queries_of_odd_spans()})
    for (const std::string& json : queries) expect_same(json);
  of_interfaces_and_findings();
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
