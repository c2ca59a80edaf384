// Several servers: shards, and replicas by way of a ZooKeeper.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <thread>

#include "store/answer_json.h"
#include "store/clickhouse_store.h"
#include "store/query_json.h"
#include "tests/store/asked_queries.h"
#include "tests/store/clickhouse_servers.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

std::unique_ptr<ClickhouseStore> store_of(const StoreFolder& folder, const std::string& name,
                                          std::vector<std::string> servers) {
  StoreOptions options = folder.options();
  options.folder = folder.path() / name;
  options.sensor = name;
  options.servers = std::move(servers);
  options.cluster = "pair";
  auto store = ClickhouseStore::open(std::move(options));
  if (!store) throw std::runtime_error(store.error().text());
  return std::move(*store);
}

// Once each has what the other had.
bool same_rows(const ClickhouseProcess& one, const ClickhouseProcess& other) {
  const std::string count = "SELECT count() FROM vedette.flows";
  for (const auto until = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < until;
       std::this_thread::sleep_for(50ms)) {
    // Fails while a server that was killed is still taken for alive.
    const bool synced =
        one.run("SYSTEM SYNC REPLICA vedette.flows") && other.run("SYSTEM SYNC REPLICA vedette.flows");
    if (synced && one.ask(count) == other.ask(count)) return true;
  }
  return false;
}

bool all_sent(Store& store) {
  for (const auto until = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < until;
       std::this_thread::sleep_for(20ms))
    if (store.flush() && store.status().waiting == 0 && store.status().writing) return true;
  return false;
}

// Rounded, as sums of fractions depend on their order.
std::string shown(const Result<QueryAnswer>& answer) {
  if (!answer) return answer.error().text();
  QueryAnswer rounded = *answer;
  for (auto& row : rounded.rows)
    for (AnswerValue& value : row)
      if (auto* real = std::get_if<double>(&value)) *real = std::round(*real * 1000) / 1000;
  return answer_csv(rounded);
}

// Whatever isn't of sensors, of which the embedded engine has one.
void expect_same(Store& embedded, Store& cluster) {
  for (const std::string& json : queries_of(QuerySource::kFlows)) {
    if (json.find("sensor") != std::string::npos) continue;
    const auto query = parse_query(json, noon()).value();
    const std::string expected = shown(embedded.answer(query)), found = shown(cluster.answer(query));
    EXPECT_TRUE(found == expected) << json << "\nembedded:\n"
                                   << expected.substr(0, 2000) << "\ncluster:\n"
                                   << found.substr(0, 2000);
  }
}

// `bucket`, `where`: of the query.
std::map<std::string, std::uint64_t> packets_by_sensor(Store& store, std::string_view bucket,
                                                       std::string_view where) {
  const auto answer =
      store.answer(parse_query(fmt::format(R"({{"last":"21h",{}"by":["sensor"],"measures":["packets"]{}}})",
                                           bucket, where),
                               noon())
                       .value());
  if (!answer) throw std::runtime_error(answer.error().text());
  std::map<std::string, std::uint64_t> packets;
  for (const auto& row : answer->rows)
    packets[std::get<std::string>(row[row.size() - 2])] += std::get<std::uint64_t>(row.back());
  return packets;
}

// A server each, a sensor at each of them, and the embedded engine beside them.
struct TwoShards {
  StoreFolder folder;
  std::vector<ClickhouseProcess::Member> members{{{}, 1, 1}, {{}, 2, 1}};
  ClickhouseProcess first{folder.path() / "first", members[0], members};
  ClickhouseProcess second{folder.path() / "second", members[1], members};
  std::unique_ptr<DuckdbStore> embedded;
  std::unique_ptr<ClickhouseStore> one, other;

  TwoShards() {
    first.start();
    second.start();
    embedded = opened(folder.options());
    one = store_of(folder, "one", {first.url()});
    other = store_of(folder, "other", {second.url()});
  }
};

}  // namespace

TEST(ClickhouseCluster, SensorsOfTwoShardsAreOneHistory) {
  if (const auto missing = missing_clickhouse()) GTEST_SKIP() << *missing;
  TwoShards shards;
  auto &first = shards.first, &second = shards.second;
  auto& embedded = shards.embedded;
  auto &one = shards.one, &other = shards.other;
  const auto rows = made_flows(1, 3000, noon() - 20h, noon());
  for (std::size_t i = 0; i < rows.size(); i++) {
    embedded->put(copy(rows[i]));
    (i % 3 == 0 ? *one : *other).put(copy(rows[i]));
    if (i != rows.size() / 2) continue;
    ASSERT_TRUE(all_sent(*one));
    ASSERT_TRUE(all_sent(*other));
    // One of them is rolled up, the other isn't.
    const auto tidy = one->tidy();
    ASSERT_TRUE(tidy) << tidy.error().text();
  }
  ASSERT_TRUE(embedded->flush());
  ASSERT_TRUE(embedded->tidy());
  ASSERT_TRUE(all_sent(*one));
  ASSERT_TRUE(all_sent(*other));
  EXPECT_EQ(first.ask("SELECT count() FROM vedette.flows"), "1000");
  EXPECT_EQ(second.ask("SELECT count() FROM vedette.flows"), "2000");
  ASSERT_TRUE(other->tidy());
  const StoreStatus status = other->status();
  const auto flows = std::ranges::find(status.tables, "flows", &StoredTable::name);
  ASSERT_NE(flows, status.tables.end()) << "of all shards";
  EXPECT_GT(flows->bytes,
            std::stoull(
                second.ask("SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'flows' AND active")));
  expect_same(*embedded, *one);
  expect_same(*embedded, *other);
  std::map<std::string, std::uint64_t> packets;
  for (std::size_t i = 0; i < rows.size(); i++) packets[i % 3 == 0 ? "one" : "other"] += rows[i].packets;
  for (const char* bucket : {"", R"("bucket":"90s",)", R"("bucket":"1h",)"}) {
    const auto found = packets_by_sensor(*other, bucket, "");
    EXPECT_EQ(found, packets) << bucket;
    const auto of_one =
        packets_by_sensor(*other, bucket, R"(,"where":[{"field":"sensor","op":"=","value":"one"}])");
    EXPECT_EQ(of_one, (std::map<std::string, std::uint64_t>{{"one", packets["one"]}})) << bucket;
  }
  const auto distinct =
      one->answer(parse_query(R"({"last":"21h","measures":["distinct:sensor"]})", noon()).value());
  EXPECT_EQ(shown(distinct), "distinct:sensor\n2\n");
}

TEST(ClickhouseCluster, AShardKilledInTheMiddleLosesAndDoublesNothing) {
  if (const auto missing = missing_clickhouse()) GTEST_SKIP() << *missing;
  TwoShards shards;
  auto& first = shards.first;
  auto& embedded = shards.embedded;
  auto &one = shards.one, &other = shards.other;
  const auto rows = made_flows(1, 6000, noon() - 20h, noon());
  std::mt19937 random(5);
  for (std::size_t i = 0; i < rows.size(); i++) {
    embedded->put(copy(rows[i]));
    (i % 3 == 0 ? *one : *other).put(copy(rows[i]));
    if (i % 300 != 299) continue;
    if (i == 1799 || i == 3599) {
      // While rows are on their way, or sums are.
      std::thread flushing([&] { (void)(i == 1799 ? one->flush() : one->tidy()); });
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
      first.kill();
      flushing.join();
    }
    if (i == 2399 || i == 4199) {
      EXPECT_GT(one->status().waiting, 0U);
      EXPECT_EQ(other->status().why_not, "") << "its own shard is there";
      EXPECT_FALSE(other->answer(parse_query(R"({"last":"21h"})", noon()).value())) << "half of the history";
      first.start();
    }
    ASSERT_TRUE(one->flush());
    ASSERT_TRUE(other->flush());
    if (i == 899) {
      ASSERT_TRUE(all_sent(*one));
      ASSERT_TRUE(one->tidy());
    }
  }
  ASSERT_TRUE(embedded->flush());
  ASSERT_TRUE(embedded->tidy());
  for (Store* store : std::initializer_list<Store*>{one.get(), other.get()})
    ASSERT_TRUE(all_sent(*store)) << store->status().why_not;
  for (ClickhouseStore* store : {one.get(), other.get()}) {
    const auto tidy = store->tidy();
    ASSERT_TRUE(tidy) << tidy.error().text();
    const StoreStatus status = store->status();
    EXPECT_EQ(status.queue_full + status.unwritten + status.set_aside, 0U);
  }
  expect_same(*embedded, *other);
}

TEST(ClickhouseCluster, AReplicaThatEndsLosesAndDoublesNothing) {
  if (const auto missing = missing_zookeeper()) GTEST_SKIP() << *missing;
  const StoreFolder folder;
  ZookeeperProcess zookeeper(folder.path() / "zookeeper");
  zookeeper.start();
  const std::vector<ClickhouseProcess::Member> members{{{}, 1, 1}, {{}, 1, 2}};
  ClickhouseProcess first(folder.path() / "first", members[0], members, zookeeper.port());
  ClickhouseProcess second(folder.path() / "second", members[1], members, zookeeper.port());
  first.start();
  second.start();
  const auto embedded = opened(folder.options());
  const auto store = store_of(folder, "one", {first.url(), second.url()});
  // The second one's tables.
  {
    const auto tables = store_of(folder, "other", {second.url()});
    ASSERT_TRUE(all_sent(*tables));
  }
  const auto rows = made_flows(1, 3000, noon() - 20h, noon());
  for (std::size_t i = 0; i < rows.size(); i++) {
    embedded->put(copy(rows[i]));
    store->put(copy(rows[i]));
    if (i % 300 == 299) {
      ASSERT_TRUE(store->flush());
    }
    if (i == 1000) {
      ASSERT_TRUE(all_sent(*store)) << store->status().why_not;
      const auto tidy = store->tidy();
      ASSERT_TRUE(tidy) << tidy.error().text();
    }
    if (i != 1500) continue;
    // What only it had, would be away with it.
    ASSERT_TRUE(store->flush());
    ASSERT_TRUE(same_rows(first, second));
    first.kill();
  }
  ASSERT_TRUE(embedded->flush());
  ASSERT_TRUE(embedded->tidy());
  ASSERT_TRUE(all_sent(*store)) << store->status().why_not;
  expect_same(*embedded, *store);
  first.start();
  ASSERT_TRUE(same_rows(first, second)) << "what it has missed";
  const auto tidy = store->tidy();
  ASSERT_TRUE(tidy) << tidy.error().text();
  expect_same(*embedded, *store);
}

}  // namespace vedette::tests
