// The store's files by their names: raw-20261127-0.duckdb holds what was seen on that day (UTC), minute-… its
// roll-ups by the minute, hour-202611-… a month's by the hour, finding-202611-… a month's findings. What is
// too old goes with its whole file; a day that grows too large goes on in a second file.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"

namespace vedette {

enum class FileLevel : std::uint8_t { kRaw, kMinute, kHour, kFinding };

// As files' names begin: "raw", "minute", "hour", "finding".
[[nodiscard]] std::string_view level_name(FileLevel level);

struct DayFile {
  FileLevel level = FileLevel::kRaw;
  std::int32_t day = 0;  // its first, since the epoch
  std::uint16_t part = 0;

  [[nodiscard]] std::string name() const;    // without folders
  [[nodiscard]] std::string schema() const;  // its name in SQL
  [[nodiscard]] Nanoseconds begin() const;
  [[nodiscard]] Nanoseconds end() const;

  friend auto operator<=>(const DayFile&, const DayFile&) = default;
};

// The file of this level in which `time` is kept, its first part.
[[nodiscard]] DayFile day_file(FileLevel level, Nanoseconds time);

// Nothing where it isn't the name of one.
[[nodiscard]] std::optional<DayFile> day_file_named(const std::string& name);

// The first part of that day that isn't there yet, nor was and is set aside.
[[nodiscard]] DayFile next_part(const std::filesystem::path& folder, DayFile file);

// All of a folder, sorted. Failed where it can't be listed.
[[nodiscard]] Result<std::vector<DayFile>> day_files(const std::filesystem::path& folder);

// With what is not yet written into it (its log).
[[nodiscard]] std::uint64_t bytes_of(const std::filesystem::path& folder, const DayFile& file);

struct KeptSpans {
  Nanoseconds raw{}, minute{}, hour{};  // from now back; findings as hour
  std::uint64_t most_bytes = 0;
};

struct SizedFile {
  DayFile file;
  std::uint64_t bytes = 0;
};

// Those that are to go: what has ended longer ago than its level's span, and then the oldest files of the raw
// level, of minutes, of hours and findings, until the rest fits. What is written now stays. `now`: nothing
// where the clock can't be trusted, and then nothing goes for its age.
[[nodiscard]] std::vector<DayFile> outlived(std::vector<SizedFile> files, const KeptSpans& kept,
                                            std::optional<Nanoseconds> now,
                                            const std::vector<DayFile>& written_now);

}  // namespace vedette
