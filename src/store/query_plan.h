// Which tables answer a query: the coarsest roll-ups that give the same answer as the rows themselves, and
// for what no roll-up holds exactly (the ends of the span, what came since the last roll-up) the rows.
#pragma once

#include <span>
#include <vector>

#include "store/day_file.h"
#include "store/query.h"

namespace vedette {

struct TimeSpan {
  Nanoseconds begin{}, end{};

  [[nodiscard]] bool empty() const { return begin >= end; }
};

struct LevelPlan {
  Nanoseconds begin{}, end{};  // what can be answered; at most the query's
  const struct Cube* cube = nullptr;
  std::vector<TimeSpan> raw, minutes, hours;  // each read at that level
};

// Of a query of flows or interfaces. `files`: all that there are, sorted. A span's end that lies where the
// rows are gone is moved to where a roll-up has an answer.
[[nodiscard]] LevelPlan plan_levels(const Query& query, std::span<const DayFile> files);

// Those that hold anything of these spans.
[[nodiscard]] std::vector<DayFile> files_of(std::span<const DayFile> files, FileLevel level,
                                            std::span<const TimeSpan> spans);

}  // namespace vedette
