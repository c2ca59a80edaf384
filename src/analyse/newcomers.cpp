#include "analyse/newcomers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyse/probability.h"

namespace vedette {

namespace {

constexpr std::size_t kNamed = 3;  // in a sentence

// Plural of what things are called here.
std::string many(const std::string& what, std::size_t count) {
  if (count == 1) return what;
  if (what.ends_with("y")) return what.substr(0, what.size() - 1) + "ies";
  return what + "s";
}

std::string says_of(const Newcomers& found, Unit unit, const LocalOffset& local) {
  if (found.days == 0) return fmt::format("no history before: no {} can be called new", found.what);
  const std::size_t count = found.values.size() + found.left_out;
  std::string text = count == 0 ? fmt::format("no new {}", found.what)
                                : fmt::format("{} new {}", count, many(found.what, count));
  text += fmt::format(", not seen in the {} {} before{}; {:.1f} are usual", found.days,
                      found.days == 1 ? "day" : "days", found.is_short ? " (there is no more history)" : "",
                      found.usual);
  for (std::size_t i = 0; i < std::min(kNamed, found.values.size()); i++) {
    const Sighting& one = found.values[i];
    text += fmt::format("{} {} ({}, first {})", i == 0 ? ":" : ",", one.value, amount_text(one.amount, unit),
                        moment_text(one.first, local));
  }
  if (count > kNamed) text += fmt::format(" and {} more", count - std::min(kNamed, found.values.size()));
  return text;
}

}  // namespace

Newcomers newcomers_among(const std::vector<Sighting>& now, const Known& before, double window_days,
                          const std::string& what, Unit unit, std::size_t most, const LocalOffset& local) {
  Newcomers found;
  found.what = what;
  found.days = before.days;
  found.is_short = before.days < before.days_asked;
  if (before.days > 0) {
    for (const Sighting& one : now)
      if (!before.days_seen.contains(one.value)) found.values.push_back(one);
    const auto once =
        std::ranges::count_if(before.days_seen, [](const auto& seen) { return seen.second == 1; });
    found.usual = static_cast<double>(once) / before.days * window_days;
    const auto count = static_cast<double>(found.values.size());
    if (count > found.usual) found.by_chance = std::exp(log_poisson_tail(count, std::max(found.usual, 1e-3)));
  }
  std::ranges::sort(found.values, [](const Sighting& left, const Sighting& right) {
    return left.amount != right.amount ? left.amount > right.amount : left.value < right.value;
  });
  if (found.values.size() > most) {
    found.left_out = found.values.size() - most;
    found.values.resize(most);
  }
  found.says = says_of(found, unit, local);
  return found;
}

}  // namespace vedette
