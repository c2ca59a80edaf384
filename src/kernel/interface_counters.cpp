#include "kernel/interface_counters.h"

#include <atomic>
#include <utility>

#include "abi/work.h"

namespace vedette {

namespace {

std::uint64_t read(const std::uint64_t& counter) {
  return *const_cast<const volatile std::uint64_t*>(&counter);
}

// A program may be counting: it counts a packet as arrived before it counts it as anything else, so this
// reads the other way round, and no packet is something that didn't arrive.
void add(vdt_direction_counters& sum, const vdt_direction_counters& one) {
  sum.not_ip_packets += read(one.not_ip_packets);
  sum.not_ip_bytes += read(one.not_ip_bytes);
  sum.lost_packets += read(one.lost_packets);
  sum.lost_bytes += read(one.lost_bytes);
  std::atomic_thread_fence(std::memory_order_acquire);
  sum.packets += read(one.packets);
  sum.bytes += read(one.bytes);
}

void add(vdt_counters& sum, const vdt_counters& one) {
  for (int direction = 0; direction < 2; direction++) add(sum.direction[direction], one.direction[direction]);
  for (int reason = 0; reason < VDT_MALFORMED_COUNT; reason++)
    sum.malformed[reason] += read(one.malformed[reason]);
  sum.flows_created += read(one.flows_created);
  sum.flows_evicted += read(one.flows_evicted);
  sum.fragments_unknown += read(one.fragments_unknown);
}

}  // namespace

Result<InterfaceCounters> InterfaceCounters::map(int work_fd, std::uint32_t cpus) {
  auto work = MappedArray::map(work_fd, sizeof(vdt_work));
  if (!work) return std::unexpected(work.error());
  InterfaceCounters counters;
  counters.work_ = std::move(*work);
  counters.cpus_ = cpus;
  return counters;
}

vdt_counters& InterfaceCounters::at(int ifindex, std::uint32_t cpu) const {
  return work_.at<vdt_work>(vdt_counters_slot(static_cast<std::uint32_t>(ifindex), cpu, cpus_))->counters;
}

void InterfaceCounters::begin(int ifindex) {
  if (at(ifindex, 0).ifindex == static_cast<std::uint64_t>(ifindex)) return;
  vdt_counters& retired = work_.at<vdt_work>(vdt_retired_slot(cpus_))->counters;
  for (std::uint32_t cpu = 0; cpu < cpus_; cpu++) {
    add(retired, at(ifindex, cpu));
    at(ifindex, cpu) = {};
  }
  at(ifindex, 0).ifindex = static_cast<std::uint64_t>(ifindex);
}

vdt_counters InterfaceCounters::of(int ifindex) const {
  vdt_counters sum{};
  for (std::uint32_t cpu = 0; cpu < cpus_; cpu++) add(sum, at(ifindex, cpu));
  return sum;
}

vdt_counters InterfaceCounters::total() const {
  vdt_counters sum{};
  for (std::uint32_t entry = 0; entry < work_.entries(); entry++)
    add(sum, work_.at<vdt_work>(entry)->counters);
  return sum;
}

}  // namespace vedette
