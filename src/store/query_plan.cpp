#include "store/query_plan.h"

#include <algorithm>

#include "store/cube.h"

namespace vedette {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

Nanoseconds down(Nanoseconds time, Nanoseconds step) {
  return time - time % step;
}
Nanoseconds up(Nanoseconds time, Nanoseconds step) {
  return down(time + step - Nanoseconds(1), step);
}

// From when on a level has everything that ever came; the end of time where it has nothing.
Nanoseconds since(std::span<const DayFile> files, FileLevel level) {
  const auto first = std::ranges::find(files, level, &DayFile::level);
  if (first == files.end()) return Nanoseconds::max();
  return first->begin();
}

bool divides(Nanoseconds step, Nanoseconds bucket) {
  return bucket == Nanoseconds{} || bucket % step == Nanoseconds{};
}

void add(std::vector<TimeSpan>& spans, TimeSpan span) {
  if (!span.empty()) spans.push_back(span);
}

}  // namespace

LevelPlan plan_levels(const Query& query, std::span<const DayFile> files) {
  LevelPlan plan{
      .begin = query.begin, .end = query.end, .cube = cube_for(query), .raw = {}, .minutes = {}, .hours = {}};
  const Nanoseconds raw_since = since(files, FileLevel::kRaw);
  const Nanoseconds minutes_since = since(files, FileLevel::kMinute);
  const Nanoseconds hours_since = since(files, FileLevel::kHour);
  if (!divides(minutes(1), query.bucket)) plan.cube = nullptr;
  const bool by_hour = plan.cube && divides(hours(1), query.bucket);

  // What only a coarser level still has.
  if (raw_since > std::min(minutes_since, hours_since)) {
    const auto gone_before = [&](Nanoseconds time) { return time < raw_since; };
    if (!plan.cube) {
      if (gone_before(plan.begin)) plan.begin = std::min(raw_since, plan.end);
    } else {
      if (gone_before(plan.begin)) plan.begin = down(plan.begin, minutes(1));
      if (gone_before(plan.end)) plan.end = up(plan.end, minutes(1));
    }
  }
  if (plan.cube && minutes_since > hours_since) {
    if (plan.begin < minutes_since)
      plan.begin = by_hour ? down(plan.begin, hours(1)) : std::min(minutes_since, plan.end);
    if (by_hour && plan.end < minutes_since) plan.end = up(plan.end, hours(1));
  }

  const TimeSpan whole{plan.begin, plan.end};
  const TimeSpan inner{up(whole.begin, minutes(1)), down(whole.end, minutes(1))};
  if (!plan.cube || inner.empty()) {
    add(plan.raw, whole);
    return plan;
  }
  add(plan.raw, {whole.begin, inner.begin});
  add(plan.raw, {inner.end, whole.end});
  const TimeSpan inmost{up(inner.begin, hours(1)), down(inner.end, hours(1))};
  if (!by_hour || inmost.empty()) {
    add(plan.minutes, inner);
    return plan;
  }
  add(plan.minutes, {inner.begin, inmost.begin});
  add(plan.minutes, {inmost.end, inner.end});
  add(plan.hours, inmost);
  return plan;
}

std::vector<DayFile> files_of(std::span<const DayFile> files, FileLevel level,
                              std::span<const TimeSpan> spans) {
  std::vector<DayFile> found;
  for (const DayFile& file : files)
    if (file.level == level && std::ranges::any_of(spans, [&](const TimeSpan& span) {
          return file.begin() < span.end && span.begin < file.end();
        }))
      found.push_back(file);
  return found;
}

}  // namespace vedette
