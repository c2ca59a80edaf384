// The tables as each release of ClickHouse is told to make them: what it doesn't know yet isn't asked of it.
#include "store/clickhouse_tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace vedette::tests {

namespace {

ClickhouseLayout layout(unsigned major, unsigned minor) {
  return {.database = "vedette",
          .cluster = "",
          .replicated = false,
          .version = {.major = major, .minor = minor},
          .raw_days = 7,
          .minute_days = 35,
          .hour_days = 800};
}

std::size_t count(const std::vector<std::string>& statements, std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(statements, [&](const std::string& one) { return one.contains(text); }));
}

std::string statement_of(const std::vector<std::string>& statements, const std::string& table) {
  const auto found = std::ranges::find_if(statements, [&](const std::string& one) {
    return one.starts_with("CREATE TABLE IF NOT EXISTS vedette." + table + " ");
  });
  return found == statements.end() ? "none" : *found;
}

// Of the sources' rows, and of each cube by the minute and by the hour.
std::size_t aging_ones() {
  return 3 + 2 * cubes().size();
}

}  // namespace

TEST(ClickhouseTables, MayAllBeMadeAgain) {
  const auto statements = create_statements(layout(18, 16));
  EXPECT_EQ(statements[0], "CREATE DATABASE IF NOT EXISTS vedette");
  EXPECT_EQ(count(statements, "CREATE TABLE IF NOT EXISTS vedette."), statements.size() - 1);
  EXPECT_EQ(statements.size(), 1 + aging_ones() + 2);
  EXPECT_EQ(std::set<std::string>(statements.begin(), statements.end()).size(), statements.size());
}

TEST(ClickhouseTables, OfTheOldestHaveNothingThatCameLater) {
  const auto statements = create_statements(layout(18, 16));
  for (const char* later : {"TTL", "CODEC", "LowCardinality", "deduplication", "Distributed", "Replicated"})
    EXPECT_EQ(count(statements, later), 0U) << later;
  EXPECT_EQ(
      statement_of(statements, "interfaces"),
      "CREATE TABLE IF NOT EXISTS vedette.interfaces (sensor String, stream UInt64, seq UInt64, block "
      "UInt64, time_ns Int64, interface Nullable(String), direction UInt8, packets Int64, bytes Int64, "
      "dropped_packets Int64, dropped_bytes Int64, lost_packets Int64) ENGINE = MergeTree() PARTITION BY "
      "intDiv(time_ns, 86400000000000) ORDER BY (time_ns) SETTINGS index_granularity = 8192");
}

TEST(ClickhouseTables, NameFewTextsByNumbersSince19_1) {
  const auto statements = create_statements(layout(19, 1));
  const std::string flows = statement_of(statements, "flows");
  EXPECT_TRUE(flows.contains("interface LowCardinality(Nullable(String))")) << flows;
  EXPECT_TRUE(flows.contains("dst_name Nullable(String)")) << "of names there are many: " << flows;
  EXPECT_TRUE(flows.contains("time_ns Int64,")) << flows;
  for (const char* later : {"TTL", "CODEC", "deduplication"})
    EXPECT_EQ(count(statements, later), 0U) << later;
}

TEST(ClickhouseTables, HaveATimeToLiveSince19_6) {
  EXPECT_EQ(count(create_statements(layout(19, 5)), "TTL"), 0U);
  const auto statements = create_statements(layout(19, 6));
  EXPECT_EQ(count(statements, "TTL"), aging_ones());
  for (const AgingTable& table : aging_tables(layout(19, 6))) {
    const std::string made = statement_of(statements, table.name);
    EXPECT_TRUE(made.contains(" ORDER BY (time_ns) " + time_to_live(table) + " SETTINGS ")) << made;
    EXPECT_TRUE(made.contains("time_ns Int64 CODEC(DoubleDelta, LZ4)")) << made;
  }
  for (const std::string_view kept : {kAbandonedTable, kProgressTable})
    EXPECT_FALSE(statement_of(statements, std::string(kept)).contains("TTL")) << kept;
  EXPECT_EQ(count(statements, "deduplication"), 0U);
}

TEST(ClickhouseTables, LiveAsLongAsTheirLevelIsKept) {
  EXPECT_EQ(time_to_live({.name = "flows", .days = 7}),
            "TTL toDateTime(intDiv(time_ns, 1000000000)) + toIntervalDay(7)");
  // A DateTime ends in 2106.
  EXPECT_EQ(time_to_live({.name = "flows", .days = 36'500}),
            "TTL toDateTime(intDiv(time_ns, 1000000000)) + toIntervalDay(18250)");
  for (const AgingTable& table : aging_tables(layout(23, 8))) {
    const std::uint32_t days = table.name.starts_with("minute_")                             ? 35
                               : table.name.starts_with("hour_") || table.name == "findings" ? 800
                                                                                             : 7;
    EXPECT_EQ(table.days, days) << table.name;
  }
}

TEST(ClickhouseTables, KnowABlockThatComesTwiceSince22_2) {
  EXPECT_EQ(count(create_statements(layout(22, 1)), "deduplication"), 0U);
  ClickhouseLayout one = layout(22, 2);
  const auto statements = create_statements(one);
  EXPECT_EQ(
      count(statements, "SETTINGS index_granularity = 8192, non_replicated_deduplication_window = 1000"),
      statements.size() - 1);
  // Replicas know them anyway.
  one.replicated = true;
  EXPECT_EQ(count(create_statements(one), "deduplication"), 0U);
}

TEST(ClickhouseTables, OfAClusterHaveOneMoreThatIsOfAllServers) {
  ClickhouseLayout of_cluster = layout(18, 16);
  of_cluster.cluster = "pair";
  of_cluster.replicated = true;
  const auto statements = create_statements(of_cluster);
  EXPECT_EQ(statements.size(), 1 + 2 * (aging_ones() + 2));
  EXPECT_EQ(
      statement_of(statements, "flows_all"),
      "CREATE TABLE IF NOT EXISTS vedette.flows_all AS vedette.flows ENGINE = Distributed(pair, vedette, "
      "flows)");
  EXPECT_TRUE(statement_of(statements, "flows")
                  .contains("ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/vedette/flows', "
                            "'{replica}') PARTITION BY"));
  EXPECT_TRUE(
      statement_of(statements, "progress")
          .contains("ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/vedette/progress', "
                    "'{replica}', upto) ORDER BY (stream, level, source)"));
}

}  // namespace vedette::tests
