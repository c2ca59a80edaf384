// The protocol policy's programs (bpf/protocols.bpf.c) in the kernel: loaded, their maps pinned or taken over
// from a dead daemon, and put behind the packet programs.
#pragma once

#include <memory>
#include <optional>

#include "abi/protocols.h"
#include "base/error.h"
#include "kernel/bpf_object.h"
#include "kernel/mapped_array.h"
#include "kernel/packet_programs.h"

namespace vedette {

// What it has placed stays in the kernel when it goes away; its pins go with the packet programs'. Any
// thread, one at a time.
class ProtocolPrograms {
 public:
  // `programs` must outlive this. Fails where the kernel refuses them.
  [[nodiscard]] static Result<std::unique_ptr<ProtocolPrograms>> open(PacketPrograms& programs);

  // What is in force, a dead daemon's too; nothing where there is none.
  [[nodiscard]] Result<std::unique_ptr<vdt_protocols>> in_force() const;
  // Puts this into force in place of all else, by one pointer; nothing: no packet is asked about any more.
  // Known flows are decided on anew.
  [[nodiscard]] Result<void> put(const vdt_protocols* protocols);

  // The entry's counters, which programs add to at any time.
  [[nodiscard]] vdt_protocol_counter& counter(std::uint32_t entry) const {
    return *counters_.at<vdt_protocol_counter>(entry);
  }

  // Has the flow, of which `key` is either direction, decided on as `value` says by entry, verdict and value,
  // or with key.observed only remembers it. False where that is known, or another connection has begun on its
  // addresses and ports since. `shown`: when the flow began to show why; this and `now` are of the programs'
  // clock.
  [[nodiscard]] Result<bool> refuse(vdt_refused_key key, vdt_refused value, std::uint64_t shown,
                                    std::uint64_t now);
  // Lets go of the flows that these entries refuse or have observed.
  void release(const std::vector<std::uint32_t>& entries);

 private:
  explicit ProtocolPrograms(PacketPrograms& programs) : programs_(programs) {}

  [[nodiscard]] Result<void> load(bool with_frags);
  [[nodiscard]] Result<void> place(const char* program, const char* array) const;

  PacketPrograms& programs_;
  std::unique_ptr<BpfObject> object_;
  MappedArray counters_;
  int protocols_ = -1, refused_ = -1;  // the object's maps
};

// The same flow's other direction.
[[nodiscard]] vdt_refused_key turned(vdt_refused_key key);

}  // namespace vedette
