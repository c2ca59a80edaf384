#include "cli/record_output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "cli/json_members.h"

namespace vedette {

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// RFC 4180: quoted where a comma, a quote or a line's end is in it.
void append_csv_field(fmt::memory_buffer& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(text);
    return;
  }
  out.push_back('"');
  for (const char letter : text) {
    if (letter == '"') out.push_back('"');
    out.push_back(letter);
  }
  out.push_back('"');
}

std::string first_member_text(std::string_view object, std::string_view members) {
  std::string text;
  while (text.empty() && !members.empty()) {
    const std::string_view member = members.substr(0, members.find('|'));
    text = json_member_text(object, member);
    members.remove_prefix(std::min(member.size() + 1, members.size()));
  }
  return text;
}

// Columns for tables alone.
bool has_alternatives(const Column& column) {
  return column.member.find('|') != std::string_view::npos;
}

}  // namespace

std::optional<OutputFormat> output_format(std::string_view name) {
  if (name == "table") return OutputFormat::kTable;
  if (name == "json") return OutputFormat::kJson;
  if (name == "csv") return OutputFormat::kCsv;
  return std::nullopt;
}

RecordOutput::RecordOutput(std::FILE* out, OutputFormat format, std::span<const Column> columns)
    : out_(out), format_(format), columns_(columns) {
  if (format_ != OutputFormat::kJson) add_heading();
}

RecordOutput::~RecordOutput() {
  if (any_) (void)flush();
}

void RecordOutput::add(std::string_view object) {
  any_ = true;
  if (format_ == OutputFormat::kJson) {
    buffer_.append(object);
    buffer_.push_back('\n');
  } else if (format_ == OutputFormat::kCsv) {
    add_csv(object);
  } else {
    add_row(object);
  }
  if (buffer_.size() >= kBufferBytes) (void)flush();
}

void RecordOutput::add_heading() {
  const bool csv = format_ == OutputFormat::kCsv;
  bool first = true;
  for (const Column& column : columns_) {
    if (csv ? has_alternatives(column) : column.title.empty()) continue;
    if (!first) buffer_.push_back(csv ? ',' : ' ');
    first = false;
    if (csv)
      buffer_.append(column.member);
    else if (column.right)
      fmt::format_to(fmt::appender(buffer_), "{:>{}}", column.title, column.width);
    else
      fmt::format_to(fmt::appender(buffer_), "{:<{}}", column.title, column.width);
  }
  buffer_.push_back('\n');
}

void RecordOutput::add_csv(std::string_view object) {
  bool first = true;
  for (const Column& column : columns_) {
    if (has_alternatives(column)) continue;
    if (!first) buffer_.push_back(',');
    first = false;
    append_csv_field(buffer_, json_member_text(object, column.member));
  }
  buffer_.push_back('\n');
}

void RecordOutput::add_row(std::string_view object) {
  bool first = true;
  for (const Column& column : columns_) {
    if (column.title.empty()) continue;
    if (!first) buffer_.push_back(' ');
    first = false;
    std::string text = first_member_text(object, column.member);
    if (column.show && !text.empty()) text = column.show(text);
    if (column.right)
      fmt::format_to(fmt::appender(buffer_), "{:>{}}", text, column.width);
    else
      fmt::format_to(fmt::appender(buffer_), "{:<{}}", text, column.width);
  }
  while (buffer_.size() > 0 && buffer_[buffer_.size() - 1] == ' ') buffer_.resize(buffer_.size() - 1);
  buffer_.push_back('\n');
}

Result<void> RecordOutput::flush() {
  if (!broken_ && std::fwrite(buffer_.data(), 1, buffer_.size(), out_) != buffer_.size()) broken_ = true;
  if (!broken_ && std::fflush(out_) != 0) broken_ = true;
  buffer_.clear();
  if (broken_) return failed("standard output", std::string("can't be written: ") + std::strerror(errno));
  return {};
}

}  // namespace vedette
