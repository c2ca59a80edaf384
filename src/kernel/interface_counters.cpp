#include "kernel/interface_counters.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>

#include "abi/work.h"

namespace vedette {

namespace {

std::uint64_t read(const __u64& counter) {
  return *const_cast<const volatile __u64*>(&counter);
}

// A program may be counting: it counts a packet as arrived before it counts it as anything else, so this
// reads the other way round, and no packet is something that didn't arrive.
void add(vdt_direction_counters& sum, const vdt_direction_counters& one) {
  sum.not_ip_packets += read(one.not_ip_packets);
  sum.not_ip_bytes += read(one.not_ip_bytes);
  sum.lost_packets += read(one.lost_packets);
  sum.lost_bytes += read(one.lost_bytes);
  sum.blocked_packets += read(one.blocked_packets);
  sum.blocked_bytes += read(one.blocked_bytes);
  sum.rule_dropped_packets += read(one.rule_dropped_packets);
  sum.rule_dropped_bytes += read(one.rule_dropped_bytes);
  sum.answered_packets += read(one.answered_packets);
  sum.answered_bytes += read(one.answered_bytes);
  sum.refused_packets += read(one.refused_packets);
  sum.refused_bytes += read(one.refused_bytes);
  sum.unsolicited_packets += read(one.unsolicited_packets);
  sum.unsolicited_bytes += read(one.unsolicited_bytes);
  sum.protocol_dropped_packets += read(one.protocol_dropped_packets);
  sum.protocol_dropped_bytes += read(one.protocol_dropped_bytes);
  std::atomic_thread_fence(std::memory_order_acquire);
  sum.packets += read(one.packets);
  sum.bytes += read(one.bytes);
}

void add(vdt_first_counters& sum, const vdt_first_counters& one) {
  sum.told += read(one.told);
  sum.over_budget += read(one.over_budget);
  sum.ring_full += read(one.ring_full);
  std::atomic_thread_fence(std::memory_order_acquire);
  sum.due += read(one.due);
}

void add(vdt_counters& sum, const vdt_counters& one) {
  for (int direction = 0; direction < 2; direction++) add(sum.direction[direction], one.direction[direction]);
  for (int reason = 0; reason < VDT_MALFORMED_COUNT; reason++)
    sum.malformed[reason] += read(one.malformed[reason]);
  sum.flows_created += read(one.flows_created);
  sum.flows_evicted += read(one.flows_evicted);
  sum.fragments_unknown += read(one.fragments_unknown);
  add(sum.first, one.first);
  add(sum.heads, one.heads);
}

}  // namespace

std::uint32_t InterfaceCounters::slots_mask_for(std::uint32_t cpus) {
  constexpr std::uint32_t kMost = 2048, kMostBytes = 16U << 20;
  const auto fit = static_cast<std::uint32_t>(kMostBytes / sizeof(vdt_work) / cpus);
  return std::clamp(std::bit_floor(fit), VDT_INTERFACE_SLOTS + 0U, kMost) - 1;
}

Result<InterfaceCounters> InterfaceCounters::map(int work_fd, const vdt_config& config) {
  auto work = MappedArray::map(work_fd, sizeof(vdt_work));
  if (!work) return std::unexpected(work.error());
  InterfaceCounters counters;
  counters.work_ = std::move(*work);
  counters.cpus_ = config.cpus;
  counters.slots_mask_ = config.slots_mask;
  return counters;
}

std::uint32_t InterfaceCounters::slot_of(int ifindex) const {
  return vdt_counters_slot(static_cast<std::uint32_t>(ifindex), slots_mask_);
}

vdt_counters& InterfaceCounters::at(std::uint32_t slot, std::uint32_t cpu) const {
  return work_.at<vdt_work>(vdt_counters_element(slot, cpu, cpus_))->counters;
}

vdt_counters& InterfaceCounters::retired() const {
  return work_.at<vdt_work>(work_.entries() - 1)->counters;
}

bool InterfaceCounters::begin(int ifindex, const IsThere& there) {
  const std::uint32_t slot = slot_of(ifindex);
  const auto owner = static_cast<int>(owner_of(slot));
  if (owner == ifindex) return true;
  if (owner != 0 && there(owner)) return false;
  clear(slot);
  owner_of(slot) = static_cast<std::uint64_t>(ifindex);
  return true;
}

void InterfaceCounters::end(int ifindex) {
  const std::uint32_t slot = slot_of(ifindex);
  if (owner_of(slot) == static_cast<std::uint64_t>(ifindex)) clear(slot);
}

void InterfaceCounters::clear(std::uint32_t slot) {
  add_slot(retired(), slot);
  for (std::uint32_t cpu = 0; cpu < cpus_; cpu++) at(slot, cpu) = {};
}

void InterfaceCounters::add_slot(vdt_counters& sum, std::uint32_t slot) const {
  for (std::uint32_t cpu = 0; cpu < cpus_; cpu++) add(sum, at(slot, cpu));
}

vdt_counters InterfaceCounters::of(int ifindex) const {
  vdt_counters sum{};
  add_slot(sum, slot_of(ifindex));
  return sum;
}

vdt_counters InterfaceCounters::total() const {
  vdt_counters sum{};
  add(sum, retired());
  for (std::uint32_t slot = 0; slot <= slots_mask_; slot++)
    if (owner_of(slot) != 0) add_slot(sum, slot);
  return sum;
}

}  // namespace vedette
