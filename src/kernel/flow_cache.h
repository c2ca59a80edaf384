// User space's end of the kernel's flow cache: what the records have grown by since they were last
// looked at, and what evicted records had left to tell. Stands between the packet programs (bpf/flow/
// cache.h) and the flow table.
//
// Each packet that the kernel accounted is told exactly once: a sweep tells a slot's growth against the
// copy that the last sweep left, an eviction the rest. An event is in the ring before its slot is reused,
// so a sweep that finds a slot reused first empties the ring, and tells of the new flow nothing before the
// old one's end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "abi/config.h"
#include "abi/events.h"
#include "abi/flow_table.h"
#include "base/error.h"
#include "kernel/mapped_array.h"

struct ring_buffer;

namespace vedette {

// What one direction of a flow has grown by. Times are CLOCK_MONOTONIC nanoseconds.
struct FlowGrowth {
  const vdt_flow_record* record;  // the whole record as it stands; valid during the call
  std::uint64_t packets;
  std::uint64_t bytes;
  std::uint32_t retransmits;
  std::uint32_t out_of_order;
  std::uint16_t zero_windows;
  std::uint16_t resets;
};

// One thread.
class FlowCache {
 public:
  using Told = std::function<void(const FlowGrowth&)>;

  // `sets_fd` and `ring_fd` are the maps "flow_sets" and "telemetry"; they stay the caller's. `config` is the
  // packet programs'.
  [[nodiscard]] static Result<FlowCache> open(int sets_fd, int ring_fd, const vdt_config& config);

  FlowCache(FlowCache&&) noexcept;
  FlowCache& operator=(FlowCache&&) noexcept;
  ~FlowCache();

  // Tells what the ring holds; returns how many records that were.
  std::uint64_t drain(const Told& told);

  // Looks at every slot and tells what has grown.
  void sweep(const Told& told);

  // Looks at one slot alone.
  void look_at(std::uint32_t slot, const Told& told);

  // Looks at the records that each CPU may have of one direction; its key as the kernel has it.
  void look_for(const vdt_flow_key& key, const Told& told);

  // Has the kernel ask about each packet of one direction until it decides otherwise: keeps the records that
  // the CPUs have of it off the short way. One that is written meanwhile may be missed.
  void decide_anew(const vdt_flow_key& key);

  [[nodiscard]] std::uint64_t slots() const { return copies_.size(); }
  // Memory of the kernel's table, and of the copies beside it.
  [[nodiscard]] std::uint64_t kernel_bytes() const { return sets_.bytes(); }
  [[nodiscard]] std::uint64_t user_bytes() const { return copies_.size() * sizeof(Copy); }

 private:
  // What has been told of a slot's present flow.
  struct Copy {
    std::uint64_t packets;
    std::uint64_t bytes;
    std::uint32_t retransmits;
    std::uint32_t out_of_order;
    std::uint32_t generation;  // the next one's where the flow has ended; 0: nothing was told of the slot yet
    std::uint16_t zero_windows;
    std::uint16_t resets;
  };

  struct FreeRing {
    void operator()(ring_buffer* ring) const;
  };

  FlowCache() = default;
  // The slots that hold the key, of each CPU.
  template <typename Take>
  void for_each_slot(const vdt_flow_key& key, Take&& take) const;
  static int on_event(void* self, void* data, std::size_t size);
  void tell_slot(std::uint32_t slot, const vdt_flow_record& shared, const Told& told);
  [[nodiscard]] static Copy nothing_told(std::uint32_t generation);
  static void end(Copy& copy, const vdt_flow_record& record, const Told& told);
  static void tell(Copy& copy, const vdt_flow_record& record, const Told& told);

  vdt_config config_{};
  MappedArray sets_;
  std::vector<Copy> copies_;
  // The ring's callback needs an address that outlives moves.
  struct Draining {
    FlowCache* cache = nullptr;
    const Told* told = nullptr;
  };
  std::unique_ptr<Draining> draining_;
  std::unique_ptr<ring_buffer, FreeRing> ring_;
};

}  // namespace vedette
