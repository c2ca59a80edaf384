// The tables of the cluster engine: those of the embedded one (store/cube.h), each row marked by the block
// that it came in, and two small ones by which reads count each block once: docs/decisions/cluster_store.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/clickhouse_server.h"
#include "store/cube.h"
#include "store/day_file.h"

namespace vedette {

// How the tables of one database are laid out, by what the server has and the user named.
struct ClickhouseLayout {
  std::string database;
  std::string cluster;  // empty: one server
  bool replicated = false;
  ClickhouseVersion version;
  std::uint32_t raw_days = 0, minute_days = 0, hour_days = 0;

  // The server's own: "vedette.flows".
  [[nodiscard]] std::string own(std::string_view table) const;
  // All servers': "vedette.flows_all" in a cluster.
  [[nodiscard]] std::string all(std::string_view table) const;
  // A condition: rows of blocks that were given up for others aren't counted.
  [[nodiscard]] std::string counted() const;
};

inline constexpr std::string_view kAbandonedTable = "abandoned";
inline constexpr std::string_view kProgressTable = "progress";

// "minute_flows_by_app".
[[nodiscard]] std::string rolled_table(const Cube& cube, FileLevel level);
// "raw", "minute", "hour", "finding" is what a table holds; how long a partition of it is.
[[nodiscard]] FileLevel level_of_table(std::string_view table);
[[nodiscard]] Nanoseconds partition_length(FileLevel level);

// Statements, one after the other; all may be run again.
[[nodiscard]] std::vector<std::string> create_statements(const ClickhouseLayout& layout);

// Columns that a table from before may lack; as create_statements() has them.
struct AddedColumn {
  std::string table, name, type;
};
[[nodiscard]] std::vector<AddedColumn> added_columns(const ClickhouseLayout& layout);

// Each table that goes by age, with its days.
struct AgingTable {
  std::string name;
  std::uint32_t days = 0;
};
[[nodiscard]] std::vector<AgingTable> aging_tables(const ClickhouseLayout& layout);
// As servers from 19.6 on write it themselves.
[[nodiscard]] std::string time_to_live(const AgingTable& table);

// Rows of `from` up to and with `upto` of a stream into a cube's table of a level.
struct ClickhouseRollUp {
  std::string sensor;
  std::uint64_t stream = 0, block = 0;
  std::uint64_t from = 0, upto = 0;  // (from, upto]
  Nanoseconds begin{}, end{};        // the rows' time, both ends belong to it
  FileLevel level = FileLevel::kMinute;
};
// The number of the first block with such rows; 0: there is none.
[[nodiscard]] std::string next_block_statement(const ClickhouseLayout& layout, QuerySource source,
                                               const ClickhouseRollUp& roll_up);
[[nodiscard]] std::string roll_up_statement(const ClickhouseLayout& layout, const Cube& cube,
                                            const ClickhouseRollUp& roll_up);

}  // namespace vedette
