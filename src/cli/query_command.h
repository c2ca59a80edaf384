// `vedette query`: the stored history.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"
#include "cli/command.h"

namespace vedette {

struct HistoryRequest {
  std::string source = "flows";
  std::vector<std::string> by;
  std::vector<std::string> measures;
  std::vector<std::string> where;  // FIELD OP VALUE in one word
  std::string last, from, to, bucket;
  std::uint64_t top = 0;
  bool others = false;
  std::string file;  // csv or Parquet into it
  AnswerOptions answer;
};

// "2026-11-27 14:00", "2026-11-27T14:00:00", local; or nanoseconds since the epoch. `option`: whose value
// that is, where it is unusable.
[[nodiscard]] Result<Nanoseconds> moment_of(const std::string& option, const std::string& text);

// The query as the API takes it; unusable where a condition is none.
[[nodiscard]] Result<std::string> history_query(const HistoryRequest& request);

[[nodiscard]] int run_query(const HistoryRequest& request);

void add_query_command(CLI::App& app, HistoryRequest& request, int& status);

}  // namespace vedette
