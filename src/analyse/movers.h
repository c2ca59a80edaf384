// What changed most between two windows of time. Ranked by the share of Pearson's chi-squared that each thing
// has, (b − a)² / (a + b), a and b its amounts: by the change alone whatever is large comes first, however
// little it changed for its size, and by the factor whatever is tiny; this lies between both, and doesn't
// depend on the unit. What isn't ranked is summed as "others", so that the changes sum to the whole.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "analyse/amount_text.h"
#include "analyse/query_behind.h"
#include "base/units.h"

namespace vedette {

// One window: amounts by name, and how long it is (> 0). Windows of different lengths are compared by the
// rate.
struct MoversWindow {
  std::unordered_map<std::string, double> amounts;  // 0 or more
  Nanoseconds length{};
};

struct Mover {
  std::string name;
  double before = 0;  // had the first window been as long as the second
  double after = 0;
  double of_change = 0;  // of what all things changed by, added up whichever way; 0 … 1
  bool is_new = false;   // there was none of it before
  bool is_gone = false;  // there is none of it any more
  std::string says;
};

struct Movers {
  Unit unit = Unit::kCount;
  double before = 0;  // of all things
  double after = 0;
  std::vector<Mover> movers;  // what changed most first
  Mover others;               // all that aren't listed, their increases and decreases netted
  std::size_t other_count = 0;
  std::string says;
  QueryBehind query_before;
  QueryBehind query_after;
};

// The `most` that moved most. What changed by less than a hundredth of all changes isn't listed, whatever its
// rank. `what`: what all of it is, as a sentence begins ("bytes by source").
[[nodiscard]] Movers movers_between(const MoversWindow& before, const MoversWindow& after, Unit unit,
                                    const std::string& what, std::size_t most);

}  // namespace vedette
