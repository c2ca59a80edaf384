// What the packet programs count of each interface (bpf/abi/counters.h), added up over CPUs. There are fewer
// slots than there are interface numbers, so a slot goes from an interface that has gone to one that comes;
// what the former counted stays in the total.
#pragma once

#include <cstdint>

#include "abi/counters.h"
#include "base/error.h"
#include "kernel/mapped_array.h"

namespace vedette {

// One thread at a time.
class InterfaceCounters {
 public:
  // `work_fd` is the map "work"; it stays the caller's. `cpus` as in its programs' vdt_config.
  [[nodiscard]] static Result<InterfaceCounters> map(int work_fd, std::uint32_t cpus);

  InterfaceCounters() = default;

  // Whether two interfaces have one slot.
  [[nodiscard]] static bool share(int one, int other) {
    return one % VDT_INTERFACE_SLOTS == other % VDT_INTERFACE_SLOTS;
  }

  // Gives the interface its slot, from zero unless it had it last. No program may count in that slot
  // meanwhile.
  void begin(int ifindex);

  // Of the interface's slot, since it was given to it.
  [[nodiscard]] vdt_counters of(int ifindex) const;
  // Of all interfaces that are or were, since the programs were first loaded.
  [[nodiscard]] vdt_counters total() const;

 private:
  [[nodiscard]] vdt_counters& at(int ifindex, std::uint32_t cpu) const;

  MappedArray work_;
  std::uint32_t cpus_ = 1;
};

}  // namespace vedette
