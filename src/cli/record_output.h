// Records on standard output in the format that was asked for. Every record is first written as the JSON
// object of the contract; NDJSON passes it on, tables and CSV pick columns out of it, so that the three
// formats can't disagree.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vedette {

enum class OutputFormat { kTable, kJson, kCsv };

// "table", "json", "csv".
[[nodiscard]] std::optional<OutputFormat> output_format(std::string_view name);

// A column of tables and CSV: a member of the JSON object, dotted for one inside another ("tunnel.type"); in
// tables several with "|" between them, of which the first that is there is shown.
struct Column {
  std::string_view member;
  std::string_view title = {};  // in tables; empty = CSV alone
  int width = 0;                // characters in tables; a longer text pushes the rest of its row aside
  bool right = false;           // numbers stand at the right
  std::string (*show)(std::string_view value) = nullptr;  // in tables; null = as it is
};

// Buffers; writes what was added at the latest when it is destroyed, and a heading alone only by flush(). One
// thread.
class RecordOutput {
 public:
  RecordOutput(std::FILE* out, OutputFormat format, std::span<const Column> columns);
  RecordOutput(const RecordOutput&) = delete;
  RecordOutput& operator=(const RecordOutput&) = delete;
  ~RecordOutput();

  // One JSON object, without the line's end.
  void add(std::string_view object);

  // Fails where standard output takes no more (a full disk, a closed pipe).
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  void add_heading();
  void add_csv(std::string_view object);
  void add_row(std::string_view object);

  std::FILE* out_;
  OutputFormat format_;
  std::span<const Column> columns_;
  fmt::memory_buffer buffer_;
  bool any_ = false;  // was added
  bool broken_ = false;
};

}  // namespace vedette
