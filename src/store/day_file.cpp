#include "store/day_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <system_error>

namespace vedette {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 4> kLevels{"raw", "minute", "hour", "finding"};
constexpr std::string_view kEnding = ".duckdb";

bool by_month(FileLevel level) {
  return level == FileLevel::kHour || level == FileLevel::kFinding;
}

sys_days first_day(const DayFile& file) {
  return sys_days(days(file.day));
}

template <typename Number>
bool take_number(std::string_view& text, std::size_t digits, Number& number) {
  if (text.size() < digits) return false;
  const auto read = std::from_chars(text.data(), text.data() + digits, number);
  if (read.ec != std::errc() || read.ptr != text.data() + digits) return false;
  text.remove_prefix(digits);
  return true;
}

std::string date_text(const DayFile& file) {
  const year_month_day date(first_day(file));
  const std::string month =
      fmt::format("{:04}{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
  return by_month(file.level) ? month : fmt::format("{}{:02}", month, static_cast<unsigned>(date.day()));
}

}  // namespace

std::string_view level_name(FileLevel level) {
  return kLevels[static_cast<std::size_t>(level)];
}

std::string DayFile::name() const {
  return fmt::format("{}-{}-{}{}", level_name(level), date_text(*this), part, kEnding);
}

std::string DayFile::schema() const {
  return fmt::format("{}{}_{}", level_name(level), date_text(*this), part);
}

Nanoseconds DayFile::begin() const {
  return first_day(*this).time_since_epoch();
}

Nanoseconds DayFile::end() const {
  if (!by_month(level)) return (first_day(*this) + days(1)).time_since_epoch();
  const year_month_day date(first_day(*this));
  return sys_days(date + std::chrono::months(1)).time_since_epoch();
}

DayFile day_file(FileLevel level, Nanoseconds time) {
  auto day = std::chrono::floor<days>(std::chrono::sys_time<Nanoseconds>(time));
  if (by_month(level)) {
    const year_month_day date(day);
    day = sys_days(date.year() / date.month() / 1);
  }
  return {.level = level, .day = static_cast<std::int32_t>(day.time_since_epoch().count()), .part = 0};
}

std::optional<DayFile> day_file_named(const std::string& name) {
  std::string_view text = name;
  if (!text.ends_with(kEnding)) return std::nullopt;
  text.remove_suffix(kEnding.size());
  DayFile file;
  const std::size_t dash = text.find('-');
  const auto* level = std::ranges::find(kLevels, text.substr(0, dash));
  if (level == kLevels.end() || dash == std::string_view::npos) return std::nullopt;
  file.level = static_cast<FileLevel>(level - kLevels.begin());
  text.remove_prefix(dash + 1);
  int year = 0;
  unsigned month = 0, day = 1;
  if (!take_number(text, 4, year) || !take_number(text, 2, month)) return std::nullopt;
  if (!by_month(file.level) && !take_number(text, 2, day)) return std::nullopt;
  const auto date = std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
  if (!date.ok() || !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  if (text.empty() || !take_number(text, text.size(), file.part)) return std::nullopt;
  file.day = static_cast<std::int32_t>(sys_days(date).time_since_epoch().count());
  return file;
}

Result<std::vector<DayFile>> day_files(const std::filesystem::path& folder) {
  std::vector<DayFile> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (const auto file = day_file_named(at->path().filename().native())) files.push_back(*file);
  if (error) return failed(folder.native(), fmt::format("can't be listed: {}", error.message()));
  std::ranges::sort(files);
  return files;
}

DayFile next_part(const std::filesystem::path& folder, DayFile file) {
  file.part = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().native();
    const auto other = day_file_named(name.substr(0, name.find(kEnding) + kEnding.size()));
    if (other && other->level == file.level && other->day == file.day)
      file.part = std::max<std::uint16_t>(file.part, other->part + 1);
  }
  return file;
}

std::uint64_t bytes_of(const std::filesystem::path& folder, const DayFile& file) {
  std::uint64_t bytes = 0;
  for (const std::string_view ending : {"", ".wal"}) {
    std::error_code none;
    const auto size = std::filesystem::file_size(folder / (file.name() + std::string(ending)), none);
    if (!none) bytes += size;
  }
  return bytes;
}

std::vector<DayFile> outlived(std::vector<SizedFile> files, const KeptSpans& kept,
                              std::optional<Nanoseconds> now, const std::vector<DayFile>& written_now) {
  std::vector<DayFile> gone;
  std::uint64_t bytes = 0;
  for (const SizedFile& one : files) bytes += one.bytes;
  std::erase_if(files, [&](const SizedFile& one) {
    return std::ranges::find(written_now, one.file) != written_now.end();
  });
  const std::array spans{kept.raw, kept.minute, kept.hour, kept.hour};
  std::erase_if(files, [&](const SizedFile& one) {
    const bool old = now && one.file.end() < *now - spans[static_cast<std::size_t>(one.file.level)];
    if (!old) return false;
    gone.push_back(one.file);
    bytes -= one.bytes;
    return true;
  });
  // By level first: a month by the hour takes less than a day as it was.
  std::ranges::sort(files, {}, &SizedFile::file);
  for (const SizedFile& one : files) {
    if (bytes <= kept.most_bytes) break;
    gone.push_back(one.file);
    bytes -= one.bytes;
  }
  return gone;
}

}  // namespace vedette
