// A tc program behind our XDP programs, on each interface whose packets come in by XDP: what needs a socket
// buffer is done there.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "kernel/attachment.h"
#include "kernel/packet_programs.h"

namespace vedette {

// One thread at a time. What it has attached stays in the kernel when it goes away.
class BehindXdp {
 public:
  // Its pins lie in a folder of that name within the packet programs', apart from theirs, which have the same
  // hooks' names. `programs` must outlive this.
  BehindXdp(PacketPrograms& programs, std::string folder) : programs_(programs), folder_(std::move(folder)) {}

  // Whether the program is to be there (its descriptor) or none; also on interfaces that came since this was
  // last called. What was in vain is said.
  [[nodiscard]] Result<void> follow(std::optional<int> program);

 private:
  [[nodiscard]] Result<void> attach_to(int ifindex, int program, const PinDirectory& pins);

  PacketPrograms& programs_;
  std::string folder_;
  std::map<int, Attachment> attached_;
};

}  // namespace vedette
