// The slots of bpf/watch/handover.h, the same for every hook: which program stands in which, so that a packet
// meets every watcher's filter and then nothing more. Behind Watchers, which says who watches.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "watch/classic_filter.h"
#include "watch/handover.h"
#include "watch/watch_program.h"

namespace vedette {

// One thread at a time.
class WatchSlots {
 public:
  // Descriptors are duplicated. `handover` is the map of that name.
  explicit WatchSlots(int handover);

  // A hook's prog_array, and what programs in it must agree in. Before the first fill().
  void add_hook(const ProgramKind& kind, int programs);

  // Puts a filter into a free slot of every hook, and makes sure that packets come to it.
  [[nodiscard]] Result<void> fill(const ClassicProgram& filter, const WatchSlot& slot);
  // Takes a slot's filter out of the packets' way. Takes some milliseconds: slots are overwritten, never
  // emptied, since the kernel would wait for every CPU each time.
  void free(std::uint32_t slot);
  // Empties all slots, also those that an earlier daemon filled.
  void clear();

 private:
  enum class Holds : std::uint8_t {
    kNothing,
    kFilter,
    kStale,  // a filter that is not reached any more
    kPass,   // goes on to the next slot
    kEnd,    // gives back the packet program's return code
  };
  struct HookSlots {
    ProgramKind kind;
    FileDescriptor programs;
  };

  [[nodiscard]] Result<void> put(std::uint32_t index, const ClassicProgram& filter, const WatchSlot& slot,
                                 Holds holds);
  [[nodiscard]] Result<void> put_pass(std::uint32_t index);
  [[nodiscard]] Result<void> end_way_at(std::uint32_t index);
  // Behind the last filter.
  [[nodiscard]] std::uint32_t end() const;

  FileDescriptor handover_;
  std::vector<HookSlots> hooks_;
  std::array<Holds, VDT_WATCHERS> slots_{};
};

}  // namespace vedette
