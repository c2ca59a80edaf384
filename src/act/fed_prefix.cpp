#include "act/fed_prefix.h"

#include <algorithm>

namespace vedette {

std::uint32_t later_end(std::uint32_t one, std::uint32_t other) {
  return one == 0 || other == 0 ? 0 : std::max(one, other);
}

std::uint32_t later_drop(std::uint32_t one, std::uint32_t other) {
  if (one == VDT_FEED_NEVER_DROPS) return other;
  return other == VDT_FEED_NEVER_DROPS ? one : later_end(one, other);
}

void put_together(std::vector<FedPrefix>& prefixes) {
  std::ranges::sort(prefixes, {}, &FedPrefix::prefix);
  std::size_t kept = 0;
  for (std::size_t at = 0; at < prefixes.size(); at++) {
    if (kept == 0 || prefixes[kept - 1].prefix != prefixes[at].prefix) {
      prefixes[kept++] = prefixes[at];
      continue;
    }
    FedPrefix& same = prefixes[kept - 1];
    same.until = later_end(same.until, prefixes[at].until);
    same.drops_until = later_drop(same.drops_until, prefixes[at].drops_until);
    same.feeds |= prefixes[at].feeds;
  }
  prefixes.resize(kept);
}

std::vector<std::int64_t> holders(const std::vector<FedPrefix>& prefixes) {
  std::vector<std::int64_t> all(prefixes.size(), -1), open;
  for (std::size_t at = 0; at < prefixes.size(); at++) {
    while (!open.empty() &&
           !prefixes[static_cast<std::size_t>(open.back())].prefix.holds(prefixes[at].prefix))
      open.pop_back();
    if (!open.empty()) all[at] = open.back();
    open.push_back(static_cast<std::int64_t>(at));
  }
  return all;
}

}  // namespace vedette
