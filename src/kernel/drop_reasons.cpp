#include "kernel/drop_reasons.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "drops.bpf.h"
#include "kernel/per_cpu_map.h"

namespace vedette {

namespace {

constexpr std::string_view kReasonPrefix = "SKB_DROP_REASON_";
constexpr std::string_view kSubsystemPrefix = "SKB_DROP_REASON_SUBSYS_";
constexpr int kSubsystemShift = 16;  // SKB_DROP_REASON_SUBSYS_SHIFT

std::string without(std::string_view prefix, std::string_view name) {
  return std::string(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
}

const char* variant(int arguments) {
  if (arguments >= 4) return "drop_with_reason_and_socket";
  return arguments == 3 ? "drop_with_reason" : "drop_without_reason";
}

}  // namespace

Result<DropReasons> DropReasons::start(const KernelBtf& btf, std::uint64_t netns, std::uint32_t overflow) {
  const std::optional<int> arguments = btf.tracepoint_arguments("kfree_skb");
  if (!arguments) return failed("drop reasons", "this kernel has no tracepoint kfree_skb");
  Result<BpfObject> object = BpfObject::open("drops", objects::drops());
  if (!object) return std::unexpected(object.error());
  DropReasons drops(std::move(*object));

  const vdt_health_config config{.netns = netns, .sample_interval_ns = 0};
  if (auto done = drops.object_.set_read_only_data(std::as_bytes(std::span(&config, 1))); !done)
    return std::unexpected(done.error());
  if (auto done = drops.object_.set_max_entries("overflow", overflow); !done)
    return std::unexpected(done.error());
  drops.program_ = variant(*arguments);
  if (auto done = drops.object_.set_autoload(drops.program_, true); !done)
    return std::unexpected(done.error());
  if (auto done = drops.object_.load(); !done) return std::unexpected(done.error());
  Result<BpfLink> link = drops.object_.attach(drops.program_);
  if (!link) return std::unexpected(link.error());
  drops.link_ = std::move(*link);

  const Result<int> slots = drops.object_.map_fd("slots");
  const Result<int> overflow_map = drops.object_.map_fd("overflow");
  if (!slots) return std::unexpected(slots.error());
  if (!overflow_map) return std::unexpected(overflow_map.error());
  drops.slots_fd_ = *slots;
  drops.overflow_fd_ = *overflow_map;

  for (const auto& [number, text] : btf.enumerators("skb_drop_reason"))
    drops.names_.emplace(number, without(kReasonPrefix, text));
  for (const auto& [number, text] : btf.enumerators("skb_drop_reason_subsys"))
    drops.subsystems_.emplace(number, without(kSubsystemPrefix, text));
  if (*arguments < 3)
    drops.why_off_.emplace_back("kernels before 5.17 give no reason for a drop: all are UNSPECIFIED");
  return drops;
}

std::string DropReasons::name(std::uint32_t reason) const {
  if (reason == VDT_DROP_NO_REASON) return "UNSPECIFIED";
  const std::uint32_t subsystem = reason >> kSubsystemShift;
  if (subsystem == 0) {
    const auto found = names_.find(reason);
    return found == names_.end() ? fmt::format("REASON_{}", reason) : found->second;
  }
  const std::uint32_t number = reason & ((1U << kSubsystemShift) - 1);
  const auto found = subsystems_.find(subsystem);
  return found == subsystems_.end() ? fmt::format("SUBSYSTEM_{}_{}", subsystem, number)
                                    : fmt::format("{}_{}", found->second, number);
}

Result<std::vector<KernelDrop>> DropReasons::counts() const {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> sums;  // by reason and interface
  const auto slots = per_cpu_values<vdt_drop_slots>(slots_fd_, std::uint32_t{0});
  if (!slots) return std::unexpected(slots.error());
  for (const vdt_drop_slots& of_cpu : *slots)
    for (const vdt_drop_slot& slot : of_cpu.slot)
      if (slot.packets != 0) sums[{slot.key.reason, slot.key.ifindex}] += slot.packets;
  vdt_drop_key key{};
  const void* after = nullptr;
  while (bpf_map_get_next_key(overflow_fd_, after, &key) == 0) {
    after = &key;
    const auto parts = per_cpu_values<std::uint64_t>(overflow_fd_, key);
    if (!parts) return std::unexpected(parts.error());
    for (const std::uint64_t part : *parts) sums[{key.reason, key.ifindex}] += part;
  }
  std::vector<KernelDrop> all;
  all.reserve(sums.size());
  for (const auto& [which, packets] : sums) all.push_back({name(which.first), which.second, packets});
  std::ranges::sort(all, std::ranges::greater{}, &KernelDrop::packets);
  return all;
}

Result<KernelDropTotals> DropReasons::totals() const {
  const auto parts = per_cpu_values<vdt_drop_slots>(slots_fd_, std::uint32_t{0});
  if (!parts) return std::unexpected(parts.error());
  KernelDropTotals sum;
  for (const vdt_drop_slots& part : *parts) {
    sum.elsewhere += part.elsewhere;
    sum.map_full += part.map_full;
  }
  sum.missed = object_.missed_runs(program_).value_or(0);
  return sum;
}

}  // namespace vedette
