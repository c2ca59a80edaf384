// The kernel program of one watcher and hook: its translated filter, and the tail calls to the teller
// (bpf/watch.bpf.c) and to the next slot (bpf/watch/handover.h). Made when a watcher comes, gone with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "watch/classic_filter.h"
#include "watch/frame_access.h"

namespace vedette {

// Whom the program tells for, and where it stands.
struct WatchSlot {
  std::uint32_t slot = 0;     // 0 … VDT_WATCHERS - 1
  std::uint32_t watcher = 0;  // the number told beside each packet
  std::uint32_t snaplen = 0;  // 1 … VDT_WATCH_SNAPLEN_MAX
};

// Descriptors that the program refers to; borrowed.
struct WatchMaps {
  int handover = -1;
  int programs = -1;  // the hook's prog_array
};

// What a program's loading asks for beside its instructions; a prog_array takes only programs that agree in
// it.
struct ProgramKind {
  Hook hook = Hook::kXdp;
  std::uint32_t expected_attach_type = 0;
};

[[nodiscard]] Result<std::vector<bpf_insn>> write_watch_program(const ClassicProgram& filter, Hook hook,
                                                                const WatchSlot& slot, const WatchMaps& maps);

// Fails with the verifier's last words.
[[nodiscard]] Result<FileDescriptor> load_program(const std::vector<bpf_insn>& program,
                                                  const ProgramKind& kind);

}  // namespace vedette
