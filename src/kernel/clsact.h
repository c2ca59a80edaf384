// Our filter in an interface's clsact qdisc, where the kernel has no tcx. The qdisc is made where it is
// missing, and taken away again where nobody else uses it by then; another owner's stays as it is.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace vedette {

// One side of an interface's clsact qdisc. One thread at a time.
struct ClsactHook {
  int ifindex = 0;
  bool egress = false;
  std::filesystem::path mark;  // a pin that says that the qdisc is ours to take away
};

// Puts the program there, in the place of the one that we had there. Fails with what the kernel says.
[[nodiscard]] Result<void> attach_to_clsact(const ClsactHook& hook, int program_fd);

// Takes our filter off; the qdisc with it where it is ours and holds no other filter.
void detach_from_clsact(const ClsactHook& hook);

}  // namespace vedette
