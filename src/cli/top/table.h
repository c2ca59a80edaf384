// What a view of `vedette top` shows below its header: columns and rows, made of a look and its rates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/top/rates.h"
#include "cli/top/snapshot.h"

namespace vedette::top {

enum class View { kFlows, kTalkers, kServices, kVersions, kProtocols, kLosses, kInterfaces };
inline constexpr std::size_t kViews = 7;

struct TableColumn {
  std::string title;
  int width = 0;  // characters
  bool right = false;
  int from = 0;        // shown on screens of so many characters and wider
  bool grows = false;  // takes its share of the width that is left over
  bool ends = false;   // what is too long is cut in the middle, since its end tells as much
};

// Sorted by weight where the column is a number's, by text else.
struct Cell {
  std::string text;
  double weight = -1;  // negative: text
};

enum class RowTone { kPlain, kBusy, kBad };

struct Row {
  std::string identity;  // the same thing in the next look has the same
  std::string inside;    // pcap-filter of the flows behind this row; empty where there are none
  RowTone tone = RowTone::kPlain;
  std::vector<Cell> cells;
};

struct Table {
  std::vector<TableColumn> columns;
  std::size_t sort = 0;  // the column that it is sorted by at first, largest first
  std::vector<Row> rows;
};

struct TableOptions {
  bool wall_times = false;  // "14:03:07" instead of "3 s" ago
};

[[nodiscard]] Table make_table(View view, const Snapshot& look, const Rates& rates,
                               const TableOptions& options);

// Stable, so that rows which are equal keep their places from look to look.
void sort_rows(Table& table, std::size_t column, bool largest_first);

// "443 https": the name from services(5), where there is one.
[[nodiscard]] std::string port_text(std::uint64_t port, const std::string& protocol);
// "12.3 k", "0.4": per second.
[[nodiscard]] std::string rate_text(double per_second);
// "98.1 Mbit" for bytes a second.
[[nodiscard]] std::string bits_text(double bytes_per_second);

}  // namespace vedette::top
