// What the packet programs count of each interface (bpf/abi/counters.h), added up over CPUs. There are fewer
// slots than there are interface numbers, so a slot goes from an interface that has gone to one that comes;
// what the former counted stays in the total.
#pragma once

#include <cstdint>
#include <functional>

#include "abi/config.h"
#include "abi/counters.h"
#include "base/error.h"
#include "kernel/mapped_array.h"

namespace vedette {

// One thread at a time.
class InterfaceCounters {
 public:
  // vdt_config's slots_mask for a machine of so many CPU numbers.
  [[nodiscard]] static std::uint32_t slots_mask_for(std::uint32_t cpus);

  // `work_fd` is the map "work", which stays the caller's; `config` its programs'.
  [[nodiscard]] static Result<InterfaceCounters> map(int work_fd, const vdt_config& config);

  InterfaceCounters() = default;

  // Gives the interface its slot, from zero unless it had it last. False where another has it that is `there`
  // still: they count together then. No program may count in the slot otherwise.
  using IsThere = std::function<bool(int ifindex)>;
  bool begin(int ifindex, const IsThere& there);
  // Takes its slot away from one that has gone.
  void end(int ifindex);

  // Of the interface's slot, since it was given to it or to whom it counts together with.
  [[nodiscard]] vdt_counters of(int ifindex) const;
  // Of all interfaces that are or were, since the programs were first loaded.
  [[nodiscard]] vdt_counters total() const;

 private:
  [[nodiscard]] std::uint32_t slot_of(int ifindex) const;
  [[nodiscard]] vdt_counters& at(std::uint32_t slot, std::uint32_t cpu) const;
  [[nodiscard]] vdt_counters& retired() const;
  // Whose the slot is; 0 = nobody's.
  [[nodiscard]] __u64& owner_of(std::uint32_t slot) const { return at(slot, 0).ifindex; }
  void clear(std::uint32_t slot);
  void add_slot(vdt_counters& sum, std::uint32_t slot) const;

  MappedArray work_;
  std::uint32_t cpus_ = 1;
  std::uint32_t slots_mask_ = 0;
};

}  // namespace vedette
