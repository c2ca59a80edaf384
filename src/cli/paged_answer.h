// An answer of the API that comes in pages and grows at its end: findings, the audit trail.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "cli/command.h"
#include "cli/record_output.h"

namespace vedette {

struct PagedQuestion {
  std::function<std::string(const std::string& cursor)> target;  // path and parameters of a page
  std::string list;                                              // its member in the answer
  std::span<const Column> columns;
  bool follow = false;  // goes on with what comes, until interrupted
  AnswerOptions answer;
};

// Writes all of it to standard output; the exit status.
[[nodiscard]] int tell_pages(const PagedQuestion& question);

}  // namespace vedette
