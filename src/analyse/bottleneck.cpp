#include "analyse/bottleneck.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyse/rank_test.h"
#include "analyse/series.h"

namespace vedette {

namespace {

RatioBucket sum_of(const std::vector<RatioBucket>& buckets) {
  RatioBucket all;
  for (const RatioBucket& bucket : buckets) {
    all.sum += bucket.sum;
    all.count += bucket.count;
  }
  return all;
}

double ratio_of(const RatioBucket& bucket) {
  return bucket.count > 0 ? bucket.sum / bucket.count : Series::kNotMeasured;
}

std::vector<double> ratios_of(const std::vector<RatioBucket>& buckets) {
  std::vector<double> ratios;
  for (const RatioBucket& bucket : buckets)
    if (bucket.count > 0) ratios.push_back(bucket.sum / bucket.count);
  return ratios;
}

std::string part_text(const BottleneckPart& part, Unit unit, double rise) {
  const double share = rise != 0 ? (part.within + part.moved) / rise * 100 : 0;
  std::string text = fmt::format("{}: ", part.name);
  if (!std::isfinite(part.before)) {
    text += fmt::format("{}, nothing before", amount_text(part.after, unit));
  } else if (!std::isfinite(part.after)) {
    text += fmt::format("{} before, nothing now", amount_text(part.before, unit));
  } else {
    text += fmt::format("{} to {}{}", amount_text(part.before, unit), amount_text(part.after, unit),
                        part.is_worse              ? ""
                        : part.after > part.before ? ", which may be chance"
                                                   : "");
  }
  return text + fmt::format("; {:.0f} % and now {:.0f} % of the traffic, {:.0f} % of the change",
                            part.weight_before * 100, part.weight_after * 100, share);
}

std::string says_of(const Bottleneck& found) {
  if (!std::isfinite(found.before) || !std::isfinite(found.after))
    return fmt::format("{} by {}: nothing to compare, there is none {}", found.measure, found.dimension,
                       std::isfinite(found.after) ? "before" : "now");
  const double rise = found.rise();
  std::string text = fmt::format("{} {} from {} to {}", found.measure,
                                 rise > 0   ? "rose"
                                 : rise < 0 ? "fell"
                                            : "stayed",
                                 amount_text(found.before, found.unit), amount_text(found.after, found.unit));
  if (rise <= 0) return text;
  const double within = found.within / rise, moved = found.moved / rise;
  if (moved >= 0.5)
    text += fmt::format(
        "; {:.0f} % of that because traffic moved to where it is higher anyway, by {} (parts themselves: "
        "{:+.0f} %)",
        moved * 100, found.dimension, within * 100);
  else
    text += fmt::format("; {:.0f} % of that within parts by {} (traffic that moved: {:+.0f} %)", within * 100,
                        found.dimension, moved * 100);
  const auto worst = std::ranges::find_if(found.parts, &BottleneckPart::is_worse);
  if (worst != found.parts.end()) return text + "; most by " + worst->says;
  return text + "; no part rose by more than chance";
}

}  // namespace

Bottleneck bottleneck_of(const std::vector<RatioPart>& parts, const std::string& measure,
                         const std::string& dimension, Unit unit, std::size_t most, double false_alarm) {
  Bottleneck found;
  found.measure = measure;
  found.dimension = dimension;
  found.unit = unit;
  RatioBucket all_before, all_after;
  for (const RatioPart& part : parts) {
    const RatioBucket before = sum_of(part.before), after = sum_of(part.after);
    all_before.sum += before.sum;
    all_before.count += before.count;
    all_after.sum += after.sum;
    all_after.count += after.count;
  }
  found.before = ratio_of(all_before);
  found.after = ratio_of(all_after);
  if (!std::isfinite(found.before) || !std::isfinite(found.after)) {
    found.says = says_of(found);
    return found;
  }

  const double middle = (found.before + found.after) / 2;
  for (const RatioPart& part : parts) {
    const RatioBucket before = sum_of(part.before), after = sum_of(part.after);
    if (before.count <= 0 && after.count <= 0) continue;
    BottleneckPart one;
    one.name = part.name;
    one.before = ratio_of(before);
    one.after = ratio_of(after);
    one.weight_before = before.count / all_before.count;
    one.weight_after = after.count / all_after.count;
    // What was in one window alone has come or gone: all it does is by its weight.
    const double was = std::isfinite(one.before) ? one.before : one.after;
    const double is = std::isfinite(one.after) ? one.after : one.before;
    one.within = (one.weight_before + one.weight_after) / 2 * (is - was);
    one.moved = (one.weight_after - one.weight_before) * ((was + is) / 2 - middle);
    one.by_chance = larger_by_chance(ratios_of(part.before), ratios_of(part.after));
    found.within += one.within;
    found.moved += one.moved;
    found.parts.push_back(std::move(one));
  }
  const double a_part = false_alarm / static_cast<double>(found.parts.size());
  for (BottleneckPart& part : found.parts) {
    part.is_worse = part.after > part.before && part.by_chance <= a_part;
    part.says = part_text(part, unit, found.rise());
  }
  std::ranges::sort(found.parts, [](const BottleneckPart& left, const BottleneckPart& right) {
    const double a = left.within + left.moved, b = right.within + right.moved;
    return a != b ? a > b : left.name < right.name;
  });
  found.says = says_of(found);
  if (found.parts.size() > most) {
    found.left_out = found.parts.size() - most;
    found.parts.resize(most);
  }
  return found;
}

}  // namespace vedette
