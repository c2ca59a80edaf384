// The guard (bpf/guard.bpf.c) in the kernel: loaded, its maps pinned or taken over, put behind the packet
// programs; and what makes a SYN proxy's handshakes the host's connections (bpf/proxy_accept.bpf.c), on the
// interfaces that have XDP.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kernel/behind_xdp.h"
#include "kernel/bpf_object.h"
#include "kernel/packet_programs.h"

namespace vedette {

// One thread at a time. What it has placed stays in the kernel when it goes away; remove() ends that.
class Guard {
 public:
  // `programs` must outlive this. Fails where the kernel refuses it.
  [[nodiscard]] static Result<std::unique_ptr<Guard>> open(PacketPrograms& programs);

  // Whether the kernel makes connections of cookies; why not, where it doesn't.
  [[nodiscard]] bool takes_cookies() const { return accept_ != nullptr; }
  [[nodiscard]] const std::string& why_no_cookies() const { return why_no_cookies_; }

  // A map of the guard's; stays owned here.
  [[nodiscard]] Result<int> map_fd(std::string_view name) const { return object_->map_fd(name); }
  // Which packets come here: enum vdt_guards, of which `mask` are set to `bits`.
  void set_guards(std::uint32_t mask, std::uint32_t bits);
  // Whether cookies' segments are to be taken, on each interface whose packets come in by XDP; also on those
  // that came since this was last called. What was in vain is said.
  [[nodiscard]] Result<void> accept(bool accepting);
  // Off all interfaces; the pins go with the packet programs'.
  void remove();

 private:
  explicit Guard(PacketPrograms& programs) : programs_(programs), behind_xdp_(programs, "accept") {}

  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> load(bool with_frags, bool with_cookies);
  [[nodiscard]] Result<void> load_accept();
  [[nodiscard]] Result<void> place(const char* program, const char* array, std::uint32_t index);

  PacketPrograms& programs_;
  std::unique_ptr<BpfObject> object_;
  std::unique_ptr<BpfObject> accept_;  // none where the kernel refused it
  std::string why_no_cookies_;
  BehindXdp behind_xdp_;
};

}  // namespace vedette
