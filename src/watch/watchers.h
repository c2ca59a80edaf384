// Who watches live packets: puts filters into the kernel's slots (bpf/watch/handover.h), reads the ring in
// which the tellers put matching packets, and knows of each watcher how many packets were lost. Stands
// between the packet programs and the sensor, which hands the packets on.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "abi/events.h"
#include "base/error.h"
#include "kernel/bpf_object.h"
#include "kernel/ring_gauge.h"
#include "watch/classic_filter.h"
#include "watch/handover.h"
#include "watch/watch_slots.h"

struct ring_buffer;

namespace vedette {

// A watcher's number; never reused.
enum class WatchId : std::uint32_t {};

// The maps of bpf/watch/handover.h as the packet programs use them; borrowed while Watchers opens.
struct HandoverMaps {
  int handover = -1;
  int xdp = -1;
  int xdp_frags = -1;
  int tc = -1;
};

struct WatchOptions {
  std::uint32_t snaplen = VDT_WATCH_SNAPLEN_MAX;  // bytes to copy of a packet; 1 … VDT_WATCH_SNAPLEN_MAX
  std::uint64_t count = 0;                        // packets after which the watcher has done; 0 = none
};

// What the tellers did for all watchers together since Watchers opened.
struct WatchTotals {
  std::uint64_t told = 0;
  std::uint64_t lost = 0;
};

// Called from the engine thread alone.
class Watchers {
 public:
  // `bytes` is valid during the call alone.
  using Tell = std::function<void(WatchId, const vdt_watched_packet&, std::span<const std::uint8_t> bytes)>;

  // Called with whether packets are to go on to the watch programs: PacketPrograms::set_watched().
  using Switch = std::function<void(bool watched)>;

  // Loads the tellers and empties the slots of whatever an earlier daemon left in them.
  [[nodiscard]] static Result<std::unique_ptr<Watchers>> open(const HandoverMaps& maps, Switch watched);
  ~Watchers();
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  // From now on packets that `filter` matches are told. Unusable where the filter or an option is; failed
  // where all slots are taken or the kernel refuses.
  [[nodiscard]] Result<WatchId> add(const std::string& filter, const WatchOptions& options);
  // The same with a filter that was compiled before, on whatever thread: compiling may wait for the resolver.
  [[nodiscard]] Result<WatchId> add(const ClassicProgram& filter, const WatchOptions& options);

  // An unknown watcher is removed already. What its filter put into the ring before is not told any more.
  void remove(WatchId id);

  // Tells what waits in the ring, at most `limit` packets, in the order in which they came to each CPU. True
  // where more may wait. To be called every 10 to 50 ms and when wake_fd() is readable.
  bool drain(const Tell& tell, std::size_t limit = 4096);

  // Has the watcher got its count of packets, or is it unknown?
  [[nodiscard]] bool done(WatchId id) const;
  // Packets that matched and found the ring full, since the watcher was added. 0 where it is unknown.
  [[nodiscard]] std::uint64_t lost(WatchId id) const;
  [[nodiscard]] std::size_t active() const;
  [[nodiscard]] WatchTotals totals() const;

  // Readable (epoll) when the ring fills faster than the timer empties it.
  [[nodiscard]] int wake_fd() const;
  [[nodiscard]] RingFill ring_fill() const { return gauge_.fill(); }

 private:
  struct Watcher {
    std::uint32_t id = 0;  // 0 = the slot is free
    bool running = false;
    std::uint64_t left = 0;  // packets still to tell; meaningful where `counted`
    bool counted = false;
    vdt_watch_counts before{};  // the slot's counts when the watcher came
  };
  struct RingDeleter {
    void operator()(ring_buffer* ring) const;
  };

  explicit Watchers(Switch watched) : switch_(std::move(watched)) {}

  Result<void> load_tellers(const HandoverMaps& maps, bool with_frags);
  Result<void> place_teller(const char* name, Hook hook, int programs);
  Result<void> open_ring();
  void stop(std::uint32_t slot);
  void tell_activity();
  void tell_one(const vdt_watched_packet& packet, std::size_t size);
  static int take(void* self, void* record, std::size_t size);
  [[nodiscard]] vdt_watch_counts counts(std::uint32_t slot) const;
  [[nodiscard]] const Watcher* find(WatchId id) const;

  Switch switch_;
  std::optional<BpfObject> object_;
  std::unique_ptr<ring_buffer, RingDeleter> ring_;
  RingGauge gauge_;
  std::optional<WatchSlots> slots_;
  int counts_fd_ = -1;  // the object's
  std::array<Watcher, VDT_WATCHERS> watchers_{};
  std::uint32_t next_id_ = 1;
  const Tell* tell_ = nullptr;  // during drain()
  std::size_t room_ = 0;        // packets that drain() may still tell
};

}  // namespace vedette
