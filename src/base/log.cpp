#include "base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>

#include "base/json_writer.h"

namespace vedette {

namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};
constexpr std::array<int, 4> kJournalPriorities{7, 6, 4, 3};  // sd-daemon(3)

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void append_json(fmt::memory_buffer& line, LogLevel level, std::string_view message,
                 std::initializer_list<LogField> fields) {
  JsonWriter json(line);
  json.begin_object();
  json.field("time_ns", now_ns());
  json.field("level", kLevels[static_cast<std::size_t>(level)]);
  json.field("message", message);
  for (const LogField& field : fields) json.field(field.key, field.value);
  json.end_object();
}

void append_text(fmt::memory_buffer& line, LogLevel level, std::string_view message,
                 std::initializer_list<LogField> fields, bool journal) {
  const auto index = static_cast<std::size_t>(level);
  if (journal) {
    fmt::format_to(fmt::appender(line), "<{}>{}", kJournalPriorities[index], message);
  } else {
    const std::time_t seconds = now_ns() / 1'000'000'000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    fmt::format_to(fmt::appender(line), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z {:<7} {}", utc.tm_year + 1900,
                   utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, kLevels[index], message);
  }
  for (const LogField& field : fields) fmt::format_to(fmt::appender(line), " {}={}", field.key, field.value);
}

}  // namespace

std::optional<LogForm> log_form(std::string_view name) {
  if (name == "text") return LogForm::kText;
  if (name == "json") return LogForm::kJson;
  return std::nullopt;
}

std::optional<LogLevel> log_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); i++)
    if (kLevels[i] == name) return static_cast<LogLevel>(i);
  return std::nullopt;
}

Log::Log(LogForm form, LogLevel least)
    : form_(form), least_(least), journal_(std::getenv("JOURNAL_STREAM") != nullptr) {}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < least_) return;
  fmt::memory_buffer line;
  if (form_ == LogForm::kJson)
    append_json(line, level, message, fields);
  else
    append_text(line, level, message, fields, journal_);
  line.push_back('\n');
  const std::lock_guard lock(mutex_);
  // One write a line; a log that can't be written has nobody to be told.
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

}  // namespace vedette
