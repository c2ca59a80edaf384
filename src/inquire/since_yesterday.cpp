#include "inquire/since_yesterday.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vedette {

namespace {

// Each once, in the order of new_kinds().
Result<std::vector<const NewKind*>> kinds_named(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (std::ranges::find(new_kinds(), name, &NewKind::name) == new_kinds().end()) {
      std::vector<std::string_view> known;
      for (const NewKind& kind : new_kinds()) known.push_back(kind.name);
      return unusable("/kinds", fmt::format("expected {}, found \"{}\"", fmt::join(known, ", "), name));
    }
  std::vector<const NewKind*> kinds;
  for (const NewKind& kind : new_kinds())
    if (names.empty() || std::ranges::find(names, kind.name) != names.end()) kinds.push_back(&kind);
  return kinds;
}

std::string says_of(const std::vector<NewOfKind>& kinds) {
  std::vector<std::string> some, none;
  for (const NewOfKind& one : kinds) {
    if (one.why_not.empty() && one.found.days > 0 && one.found.values.empty())
      none.emplace_back(one.kind->says);
    else
      some.push_back(one.why_not.empty() ? one.found.says
                                         : fmt::format("{}: {}", one.kind->says, one.why_not));
  }
  if (!none.empty()) some.push_back(fmt::format("no new {}", fmt::join(none, ", ")));
  return fmt::format("{}", fmt::join(some, "; "));
}

}  // namespace

const std::vector<NewKind>& new_kinds() {
  static const std::vector<NewKind> kKinds{{"service", "service", {"dst_port", "protocol"}},
                                           {"source", "source", {"src_ip"}},
                                           {"country", "country", {"src_country"}},
                                           {"protocol_version", "protocol version", {"app", "app_version"}},
                                           {"fingerprint", "fingerprint", {"fingerprint"}}};
  return kKinds;
}

Result<SinceYesterday> since_yesterday(Store& store, const SinceYesterdayRequest& request) {
  const auto kinds = kinds_named(request.kinds);
  if (!kinds) return std::unexpected(kinds.error());
  SinceYesterday all;
  Result<void> last;
  std::size_t known = 0;
  for (const NewKind* kind : *kinds) {
    auto found = appeared(store, {.from = "flows",
                                  .by = kind->by,
                                  .what = std::string(kind->says),
                                  .measure = request.measure,
                                  .begin = request.begin,
                                  .end = request.end,
                                  .days = request.days,
                                  .most = request.most,
                                  .local = request.local});
    NewOfKind& one = all.kinds.emplace_back();
    one.kind = kind;
    if (found) {
      one.found = std::move(*found);
      known++;
      continue;
    }
    if (found.error().kind != ErrorKind::kBusy) return std::unexpected(found.error());
    one.why_not = found.error().text();
    last = std::unexpected(found.error());
  }
  if (known == 0) return std::unexpected(last.error());
  all.says = says_of(all.kinds);
  return all;
}

}  // namespace vedette
