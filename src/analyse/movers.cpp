#include "analyse/movers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace vedette {

namespace {

constexpr double kLeastOfChange = 0.01;

double rank_of(const Mover& mover) {
  const double change = mover.after - mover.before;
  const double sum = mover.after + mover.before;
  return sum > 0 ? change * change / sum : 0;
}

std::string says_of(const Mover& mover, Unit unit) {
  const std::string change =
      mover.is_new    ? fmt::format("{}, and none before", amount_text(mover.after, unit))
      : mover.is_gone ? fmt::format("none, and {} before", amount_text(mover.before, unit))
                      : fmt::format("{}, {} ({} before)", amount_text(mover.after, unit),
                                    change_text(mover.before, mover.after), amount_text(mover.before, unit));
  return fmt::format("{}: {} ({:.0f} % of all change)", mover.name, change, mover.of_change * 100);
}

}  // namespace

Movers movers_between(const MoversWindow& before, const MoversWindow& after, Unit unit,
                      const std::string& what, std::size_t most) {
  Movers result;
  result.unit = unit;
  const double scale = before.length.count() > 0 ? static_cast<double>(after.length.count()) /
                                                       static_cast<double>(before.length.count())
                                                 : 1;
  std::vector<Mover> all;
  const auto take = [&](const std::string& name, double was, double is) {
    Mover mover;
    mover.name = name;
    mover.before = was * scale;
    mover.after = is;
    mover.is_new = was <= 0 && is > 0;
    mover.is_gone = was > 0 && is <= 0;
    result.before += mover.before;
    result.after += mover.after;
    all.push_back(std::move(mover));
  };
  for (const auto& entry : after.amounts) {
    const auto was = before.amounts.find(entry.first);
    take(entry.first, was == before.amounts.end() ? 0 : was->second, entry.second);
  }
  for (const auto& entry : before.amounts)
    if (!after.amounts.contains(entry.first)) take(entry.first, entry.second, 0);

  double changes = 0;
  for (const Mover& mover : all) changes += std::abs(mover.after - mover.before);
  for (Mover& mover : all) mover.of_change = changes > 0 ? std::abs(mover.after - mover.before) / changes : 0;
  // By name where equal, so that the same windows give the same list.
  std::ranges::sort(all, [](const Mover& left, const Mover& right) {
    const double a = rank_of(left), b = rank_of(right);
    return a != b ? a > b : left.name < right.name;
  });
  result.others.name = "others";
  for (Mover& mover : all) {
    if (result.movers.size() < most && mover.of_change >= kLeastOfChange) {
      mover.says = says_of(mover, unit);
      result.movers.push_back(std::move(mover));
      continue;
    }
    result.others.before += mover.before;
    result.others.after += mover.after;
    result.other_count++;
  }
  if (changes > 0) result.others.of_change = std::abs(result.others.after - result.others.before) / changes;
  result.others.says = says_of(result.others, unit);
  result.says = fmt::format("{}: {}, {} ({} before)", what, amount_text(result.after, unit),
                            change_text(result.before, result.after), amount_text(result.before, unit));
  if (!result.movers.empty()) result.says += fmt::format("; most by {}", result.movers.front().says);
  return result;
}

}  // namespace vedette
