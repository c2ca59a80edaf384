// CSV (RFC 4180): abuse.ch's lists, whose header stands in a comment; the columns beside the indicator are
// its note.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "feed/feed_format.h"
#include "feed/feed_reading.h"

namespace vedette {

namespace {

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); at++) {
    const char each = line[at];
    if (each == '"' && quoted && at + 1 < line.size() && line[at + 1] == '"')
      fields.back() += line[++at];
    else if (each == '"')
      quoted = !quoted;
    else if (each == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += each;
  }
  for (std::string& field : fields) field = std::string(without_space(field));
  return fields;
}

std::optional<std::size_t> place_of(const std::vector<std::string>& fields, std::string_view column) {
  const auto found = std::ranges::find(fields, column);
  if (found == fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - fields.begin());
}

// Whether a reader would take the field for an indicator.
bool is_indicator(const std::string& field) {
  FeedContent content;
  FeedReading(content).add(1, field);
  return content.bad == 0;
}

std::string others(const std::vector<std::string>& fields, std::size_t but) {
  std::string all;
  for (std::size_t at = 0; at < fields.size(); at++)
    if (at != but && !fields[at].empty()) all += (all.empty() ? "" : ", ") + fields[at];
  return all;
}

}  // namespace

Result<void> read_csv_feed(std::string_view text, std::string_view column, FeedContent& content) {
  FeedReading reading(content);
  std::optional<std::size_t> place;
  std::size_t numbered = 0;
  if (std::from_chars(column.data(), column.data() + column.size(), numbered).ec == std::errc() &&
      numbered > 0)
    place = numbered - 1;
  bool begun = false;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    if (line.empty()) return;
    const bool comment = line.front() == '#';
    const auto fields = fields_of(comment ? without_space(line.substr(1)) : line);
    if (!place && !column.empty()) place = place_of(fields, column);
    if (comment) return;
    if (!place && column.empty())
      if (const auto found = std::ranges::find_if(fields, is_indicator); found != fields.end())
        place = static_cast<std::size_t>(found - fields.begin());
    const bool header =
        !std::exchange(begun, true) && (!place || *place >= fields.size() || !is_indicator(fields[*place]));
    if (header) return;
    if (!place || *place >= fields.size()) return reading.bad(number, "has no such column");
    reading.add(number, fields[*place], others(fields, *place));
  });
  if (!place && !column.empty()) return unusable("column", fmt::format("no header names {}", column));
  return {};
}

}  // namespace vedette
