#include "replay/busy_sources.h"

#include <algorithm>
#include <tuple>

#include "base/prefix.h"

namespace vedette {

namespace {

// So that equals come in the same order each time.
Prefix whole(const BusySource& source) {
  return prefix_of(source.address, source.ip_version, Prefix::longest(source.ip_version));
}

}  // namespace

void BusySources::add(std::uint32_t group, const vdt_packet_core& core, bool dropped) {
  const HeavyKey key{.address = core.key.src, .rest = std::uint64_t{group} << 8 | core.key.ip_version};
  Counted& counted = table_.at(key, [this](const auto&) { given_up_++; }).value;
  counted.all.add(core.length);
  if (dropped) counted.dropped.add(core.length);
  in_order_.clear();
}

std::span<const BusySource> BusySources::of(std::uint32_t group, std::size_t most) {
  if (in_order_.empty()) {
    table_.for_each([this](const auto& entry) {
      in_order_.push_back({.group = static_cast<std::uint32_t>(entry.key.rest >> 8),
                           .ip_version = static_cast<std::uint8_t>(entry.key.rest),
                           .address = entry.key.address,
                           .all = entry.value.all,
                           .dropped = entry.value.dropped});
    });
    std::ranges::sort(in_order_, [](const BusySource& left, const BusySource& right) {
      return std::tuple(left.group, right.dropped.packets, right.all.packets, whole(left)) <
             std::tuple(right.group, left.dropped.packets, left.all.packets, whole(right));
    });
  }
  const auto found = std::ranges::equal_range(in_order_, group, {}, &BusySource::group);
  const std::span<const BusySource> all(found.begin(), found.end());
  return all.first(std::min(all.size(), most));
}

}  // namespace vedette
