// The packet programs over frames that never were on a wire: BPF_PROG_TEST_RUN, one frame a run, and what the
// programs leave behind in their mapped arrays.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "abi/work.h"
#include "kernel/flow_cache.h"
#include "kernel/mapped_array.h"
#include "kernel/packet_programs.h"

namespace vedette::tests {

enum class Hook {
  kXdp,
  kXdpFrags,
  kXdpSplit,  // the program with frags; frames' headers alone in the first buffer, as some devices split them
  kTcIngress,
  kTcEgress,
};

inline constexpr std::array kAllHooks{Hook::kXdp, Hook::kXdpFrags, Hook::kXdpSplit, Hook::kTcIngress,
                                      Hook::kTcEgress};

[[nodiscard]] std::string_view hook_name(Hook hook);

// Why a test of kXdpSplit is skipped.
inline constexpr std::string_view kCantSplit =
    "not applicable: this kernel's BPF_PROG_TEST_RUN puts no less than a page into a frame's first buffer";

// The bytes of a frame in its first buffer: what a program sees of it beside its length.
[[nodiscard]] std::span<const std::uint8_t> visible(Hook hook, std::span<const std::uint8_t> frame);

enum class Outcome {
  kRan,
  kTooShort,  // BPF_PROG_TEST_RUN wants an Ethernet header, and for tc the IP header that it announces
  kTooLong,   // more than this hook is given in one piece, or than BPF_PROG_TEST_RUN builds
};

// What a device or the stack says of a frame that stands for several packets (GSO, GRO), at the tc hooks.
struct SuperFrame {
  std::uint32_t segments = 0;  // 0: not known
  std::uint32_t size = 0;      // bytes of payload a packet; 0: the frame is one packet
};

// One thread, which stays on the CPU that it was on when it opened this: a CPU's runs leave their packet in
// that CPU's element.
class KernelPath {
 public:
  // Loads the programs, pinned, and takes them away at the end. The calling thread is in a network namespace
  // of its own from then on.
  [[nodiscard]] static Result<std::unique_ptr<KernelPath>> open(std::uint32_t flow_slots = 1U << 16);
  KernelPath(const KernelPath&) = delete;
  KernelPath& operator=(const KernelPath&) = delete;
  ~KernelPath();

  // False where this kernel's BPF_PROG_TEST_RUN can't (kXdpSplit before Linux 6.18).
  [[nodiscard]] bool offers(Hook hook) const;

  // Fails where the kernel refuses a frame that none of the outcomes explains.
  [[nodiscard]] Result<Outcome> run(Hook hook, std::span<const std::uint8_t> frame,
                                    const SuperFrame& super_frame = {}) const;

  // What a program gave back.
  struct Ran {
    std::uint32_t action = 0;  // its return code
    std::vector<std::uint8_t> frame;
  };
  // The same for a frame that this hook is given; how it comes out.
  [[nodiscard]] Result<Ran> run_through(Hook hook, std::span<const std::uint8_t> frame) const;

  // What the last run left: the parsed packet, valid until the next one.
  [[nodiscard]] const vdt_packet& packet() const { return work_.at<vdt_work>(slot_)->packet; }
  // What all runs since the last forget() added up to.
  [[nodiscard]] const vdt_counters& counters() const { return work_.at<vdt_work>(slot_)->counters; }

  // Tells the growth of the flow cache, evicted records included.
  void tell_flows(const FlowCache::Told& told);
  [[nodiscard]] FlowCache& flow_cache() { return cache_; }
  [[nodiscard]] PacketPrograms& programs() { return programs_; }
  // The cache's memory, as the programs write it: elements are struct vdt_flow_set.
  [[nodiscard]] const MappedArray& flow_sets() const { return sets_; }

  // As if no frame had been there: flow cache, fragments and counters are empty.
  void forget();
  // Flows alone, and untold: the next packet is a new flow's, which the programs always parse whole. Nobody
  // is told of flows in their slots until forget().
  void forget_flows();

 private:
  KernelPath(PacketPrograms programs, FlowCache cache)
      : programs_(std::move(programs)), cache_(std::move(cache)) {}
  [[nodiscard]] int try_run(Hook hook, std::span<const std::uint8_t> frame,
                            const SuperFrame& super_frame = {}, Ran* ran = nullptr) const;
  Result<void> find_programs();
  Result<void> map_memory();

  PacketPrograms programs_;
  FlowCache cache_;
  MappedArray work_;
  MappedArray sets_;
  std::array<int, kAllHooks.size()> program_fds_{};  // by Hook; the object's
  int fragments_fd_ = -1;                            // the object's
  std::uint32_t slot_ = 0;                           // of work_
};

}  // namespace vedette::tests
