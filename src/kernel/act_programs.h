// What a rule has done with packets beyond letting them pass or dropping them (bpf/act.bpf.c) in the kernel:
// loaded, and put where the packet programs end; and what sets rules' marks behind XDP (bpf/set_mark.bpf.c).
#pragma once

#include <memory>

#include "base/error.h"
#include "kernel/behind_xdp.h"
#include "kernel/bpf_object.h"
#include "kernel/packet_programs.h"

namespace vedette {

// One thread at a time. What it has placed stays in the kernel when it goes away; the pins go with the packet
// programs'.
class ActPrograms {
 public:
  // `programs` must outlive this. Fails where the kernel refuses it.
  [[nodiscard]] static Result<std::unique_ptr<ActPrograms>> open(PacketPrograms& programs);

  // Whether rules set marks: then also on interfaces that came since this was last called. What was in vain
  // is said.
  [[nodiscard]] Result<void> set_marks(bool marks);

 private:
  explicit ActPrograms(PacketPrograms& programs) : programs_(programs), behind_xdp_(programs, "marks") {}

  [[nodiscard]] Result<void> load(bool with_frags);
  // Where the packet programs end, and where the watch programs behind them do.
  [[nodiscard]] Result<void> place(const char* program, const char* ends, const char* watch_programs);

  PacketPrograms& programs_;
  std::unique_ptr<BpfObject> object_;
  std::unique_ptr<BpfObject> set_mark_;  // from when a rule first marks
  BehindXdp behind_xdp_;
};

}  // namespace vedette
