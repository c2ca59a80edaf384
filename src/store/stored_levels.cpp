#include "store/stored_levels.h"

#include <algorithm>
#include <map>

namespace vedette {

namespace {

std::uint32_t days_of(FileLevel level, const StoreOptions& options) {
  if (level == FileLevel::kRaw) return options.days;
  return level == FileLevel::kMinute ? options.minute_days : options.hour_days;
}

}  // namespace

std::vector<StoredTable> stored_levels(const std::vector<SizedFile>& files, const StoreOptions& options) {
  std::map<FileLevel, StoredTable> levels;
  for (const SizedFile& one : files) {
    if (one.bytes == 0) continue;
    StoredTable& table = levels[one.file.level];
    table.name = level_name(one.file.level);
    table.bytes += one.bytes;
    table.oldest = std::min(table.oldest.value_or(Nanoseconds::max()), one.file.begin());
    table.days = days_of(one.file.level, options);
  }
  std::vector<StoredTable> tables;
  tables.reserve(levels.size());
  for (auto& [level, table] : levels) tables.push_back(std::move(table));
  return tables;
}

}  // namespace vedette
