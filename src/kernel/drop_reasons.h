// Why the kernel dropped packets, in its own words: loads bpf/drops.bpf.c and reads its counts. The reasons'
// names come from the running kernel, so a reason newer than this program has its name too.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "abi/health.h"
#include "base/error.h"
#include "kernel/bpf_object.h"
#include "kernel/kernel_btf.h"

namespace vedette {

struct KernelDrop {
  std::string reason;     // the kernel's name without its prefix: "NO_SOCKET"; "UNSPECIFIED" before 5.17
  std::uint32_t ifindex;  // by which the packet came, or was to leave; 0 = not known
  std::uint64_t packets;
};

// What the counts don't hold.
struct KernelDropTotals {
  std::uint64_t elsewhere = 0;  // in another network namespace, or in none that could be told
  std::uint64_t map_full = 0;   // found no room for its reason and interface
  std::uint64_t missed = 0;     // withheld by the kernel because the program was at work on that CPU
};

// One thread at a time.
class DropReasons {
 public:
  // Tells the namespace of this cookie; 0 = all. `overflow`: how many pairs of reason and interface have room
  // besides those that have a slot.
  [[nodiscard]] static Result<DropReasons> start(const KernelBtf& btf, std::uint64_t netns,
                                                 std::uint32_t overflow = 1024);

  // Since start, most frequent first.
  [[nodiscard]] Result<std::vector<KernelDrop>> counts() const;
  [[nodiscard]] Result<KernelDropTotals> totals() const;
  // False on kernels before 5.17, where all drops are UNSPECIFIED.
  [[nodiscard]] bool has_reasons() const { return why_off_.empty(); }

  // What is missing, one sentence each; empty where all is on.
  [[nodiscard]] const std::vector<std::string>& why_off() const { return why_off_; }
  [[nodiscard]] const BpfObject& object() const { return object_; }
  // The variant of the program that fits this kernel.
  [[nodiscard]] const std::string& program() const { return program_; }

 private:
  explicit DropReasons(BpfObject object) : object_(std::move(object)) {}
  [[nodiscard]] std::string name(std::uint32_t reason) const;

  BpfObject object_;
  BpfLink link_;
  std::string program_;
  std::vector<std::string> why_off_;
  std::map<std::uint32_t, std::string> names_;       // of the core's reasons
  std::map<std::uint32_t, std::string> subsystems_;  // by the reason's upper half
  int slots_fd_ = -1;                                // owned by object_
  int overflow_fd_ = -1;                             // owned by object_
};

}  // namespace vedette
