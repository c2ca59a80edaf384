// Records on standard output, no more of them than --limit says.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>

#include "base/json_writer.h"
#include "cli/record_output.h"

namespace vedette {

class LimitedOutput {
 public:
  // `columns` must outlive it.
  LimitedOutput(OutputFormat format, std::span<const Column> columns, std::optional<std::uint64_t> limit)
      : output_(stdout, format, columns), limit_(limit) {}

  [[nodiscard]] bool wants_more() const { return !output_.broken() && !reached(); }

  // `write` is called with a JsonWriter for one object; not at all where the limit is reached.
  template <typename Write>
  void tell(Write write) {
    if (reached()) return;
    line_.clear();
    JsonWriter json(line_);
    write(json);
    output_.add({line_.data(), line_.size()});
    told_++;
  }

  [[nodiscard]] Result<void> flush() { return output_.flush(); }

 private:
  [[nodiscard]] bool reached() const { return limit_ && told_ >= *limit_; }

  RecordOutput output_;
  std::optional<std::uint64_t> limit_;
  std::uint64_t told_ = 0;
  fmt::memory_buffer line_;
};

}  // namespace vedette
