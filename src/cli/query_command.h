// `vedette query`: the stored history.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

// The query as the API takes it; unusable where a condition is none.
[[nodiscard]] Result<std::string> history_query(const HistoryRequest& request);

[[nodiscard]] int run_query(const HistoryRequest& request);

void add_query_command(CLI::App& app, HistoryRequest& request, int& status);

}  // namespace vedette
