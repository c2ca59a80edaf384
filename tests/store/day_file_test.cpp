#include "store/day_file.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vedette {

namespace {

using std::chrono::days;

const DayFile kToday{FileLevel::kRaw, 20'000, 0};

}  // namespace

TEST(DayFile, NamesTellLevelDayAndPart) {
  EXPECT_EQ(kToday.name(), "raw-20241004-0.duckdb");
  EXPECT_EQ(day_file(FileLevel::kHour, kToday.begin()).name(), "hour-202410-0.duckdb");
  for (const FileLevel level : {FileLevel::kRaw, FileLevel::kMinute, FileLevel::kHour, FileLevel::kFinding}) {
    DayFile file = day_file(level, kToday.begin() + std::chrono::hours(23));
    file.part = 12;
    EXPECT_EQ(day_file_named(file.name()), file);
    EXPECT_LE(file.begin(), kToday.begin());
    EXPECT_GT(file.end(), kToday.begin() + std::chrono::hours(23));
  }
}

TEST(DayFile, OtherNamesAreNone) {
  for (const char* name :
       {"", "raw-20241004-0.duckdb.wal", "raw-20241304-0.duckdb", "raw-20241004-.duckdb", "raw-2024-0.duckdb",
        "raws-20241004-0.duckdb", "raw-20241004-0.duckdb.damaged-0", "hour-20241004-0.duckdb"})
    EXPECT_FALSE(day_file_named(name)) << name;
}

TEST(Outlived, AgeCountsFromADaysEndAndByLevel) {
  const KeptSpans kept{.raw = days(2), .minute = days(5), .hour = days(90), .most_bytes = 1'000'000};
  std::vector<SizedFile> files;
  for (int day = 0; day < 10; day++) {
    files.push_back({{FileLevel::kRaw, 20'000 - day, 0}, 10});
    files.push_back({{FileLevel::kMinute, 20'000 - day, 0}, 10});
  }
  files.push_back({day_file(FileLevel::kHour, days(20'000)), 10});
  const Nanoseconds now = kToday.begin() + std::chrono::hours(1);
  const auto gone = outlived(files, kept, now, {kToday});
  EXPECT_EQ(std::ranges::count(gone, FileLevel::kRaw, &DayFile::level), 7);     // days -3 and before
  EXPECT_EQ(std::ranges::count(gone, FileLevel::kMinute, &DayFile::level), 4);  // days -6 and before
  EXPECT_EQ(gone.size(), 11U);
  EXPECT_TRUE(outlived(files, kept, std::nullopt, {kToday}).empty()) << "the clock isn't trusted";
}

TEST(Outlived, TheOldestRowsGoFirstForRoom) {
  const KeptSpans kept{.raw = days(100), .minute = days(100), .hour = days(100), .most_bytes = 25};
  std::vector<SizedFile> files{{{FileLevel::kMinute, 19'000, 0}, 10}, {kToday, 10}};
  for (int day = 1; day < 4; day++) files.push_back({{FileLevel::kRaw, 20'000 - day, 0}, 10});
  const auto gone = outlived(files, kept, std::nullopt, {kToday});
  ASSERT_EQ(gone.size(), 3U);
  EXPECT_EQ(gone[0], (DayFile{FileLevel::kRaw, 19'997, 0}));
  EXPECT_EQ(gone[2], (DayFile{FileLevel::kRaw, 19'999, 0}));
}

}  // namespace vedette
