#include "watch/watch_slots.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace vedette {
namespace {

ClassicProgram matches_nothing() {
  return {{BPF_RET | BPF_K, 0, 0, 0}};
}

FileDescriptor duplicate(int fd) {
  return FileDescriptor(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

}  // namespace

WatchSlots::WatchSlots(int handover) : handover_(duplicate(handover)) {}

void WatchSlots::add_hook(const ProgramKind& kind, int programs) {
  hooks_.push_back({kind, duplicate(programs)});
}

Result<void> WatchSlots::fill(const ClassicProgram& filter, const WatchSlot& slot) {
  for (std::uint32_t before = 0; before < slot.slot; ++before) {
    if (slots_[before] == Holds::kFilter || slots_[before] == Holds::kPass) continue;
    if (Result<void> done = put_pass(before); !done) return done;
  }
  if (slot.slot >= end()) {
    if (Result<void> done = end_way_at(slot.slot + 1); !done) return done;
  }
  return put(slot.slot, filter, slot, Holds::kFilter);
}

void WatchSlots::free(std::uint32_t slot) {
  slots_[slot] = Holds::kStale;
  const Result<void> done = slot < end() ? put_pass(slot) : end_way_at(end());
  // Where the kernel refused that, the filter goes on telling: nobody has its number any more, and what it
  // tells is passed over when the ring is read.
  static_cast<void>(done);
}

void WatchSlots::clear() {
  for (const HookSlots& hook : hooks_) {
    for (std::uint32_t index = 0; index < VDT_WATCHERS; ++index) {
      bpf_map_delete_elem(hook.programs.get(), &index);
    }
  }
  slots_.fill(Holds::kNothing);
}

std::uint32_t WatchSlots::end() const {
  std::uint32_t end = VDT_WATCHERS;
  while (end > 0 && slots_[end - 1] != Holds::kFilter) --end;
  return end;
}

Result<void> WatchSlots::put_pass(std::uint32_t index) {
  return put(index, matches_nothing(), {index, 0, 1}, Holds::kPass);
}

Result<void> WatchSlots::end_way_at(std::uint32_t index) {
  if (index >= VDT_WATCHERS || slots_[index] == Holds::kNothing || slots_[index] == Holds::kEnd) return {};
  // As the program of the last slot, behind which there is none.
  return put(index, matches_nothing(), {VDT_WATCHERS - 1, 0, 1}, Holds::kEnd);
}

Result<void> WatchSlots::put(std::uint32_t index, const ClassicProgram& filter, const WatchSlot& slot,
                             Holds holds) {
  for (const HookSlots& hook : hooks_) {
    Result<std::vector<bpf_insn>> code =
        write_watch_program(filter, hook.kind.hook, slot, {handover_.get(), hook.programs.get()});
    if (!code) return std::unexpected(code.error());
    Result<FileDescriptor> loaded = load_program(*code, hook.kind);
    if (!loaded) return std::unexpected(loaded.error());
    const int fd = loaded->get();
    if (bpf_map_update_elem(hook.programs.get(), &index, &fd, BPF_ANY) != 0) {
      const int error = errno;
      return failed("watch",
                    fmt::format("a program can't be put into slot {}: {}", index, std::strerror(error)));
    }
  }
  slots_[index] = holds;
  return {};
}

}  // namespace vedette
