// Packets' heads of live traffic: takes them from the kernel (kernel/packet_heads.h), puts each into its
// flow, and hands it on as a packet.
//
// A head may come before its flow does: the flow cache is swept twice a second. So its record is looked at at
// once; the sweep tells what it grows by later.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "flow/flow_table.h"
#include "kernel/flow_cache.h"
#include "kernel/packet_heads.h"
#include "kernel/wall_clock.h"
#include "packet/packet.h"

namespace vedette {

// The engine's, behind its lock.
class LiveHeads {
 public:
  // Gets a packet, as far as it was told, and where it was counted: in no flow where it was dropped before or
  // isn't IP. Both are valid during the call.
  using Sink = std::function<void(const Packet&, const FlowTable::Place&)>;

  // All are the engine's; `grown` takes a record's growth into `flows`.
  LiveHeads(FlowTable& flows, FlowCache& cache, const FlowCache::Told& grown, const WallClock& clock,
            Sink sink)
      : flows_(flows), cache_(cache), grown_(grown), clock_(clock), sink_(std::move(sink)) {}

  // Has the kernel tell heads. Unusable where an option is.
  [[nodiscard]] Result<void> open(PacketPrograms& programs, const PacketHeadOptions& options);
  // The kernel tells none any more.
  void close() { heads_.reset(); }

  // Hands on what the kernel has told. True where more may wait.
  bool drain();
  // The same of packets up to this time (CLOCK_MONOTONIC, ns) alone: who reads another ring keeps their order
  // so.
  void drain_until(std::uint64_t time_ns);

  // Readable when the ring fills faster than the timer empties it; -1 before open().
  [[nodiscard]] int wake_fd() const { return heads_ ? heads_->wake_fd() : -1; }
  // Of size 0 before open().
  [[nodiscard]] RingFill ring_fill() const { return heads_ ? heads_->ring_fill() : RingFill{}; }

 private:
  static constexpr std::size_t kAtOnce = 1024;  // packets: some milliseconds of detectors under the lock

  // A head that was read before its time.
  struct Early {
    vdt_packet_head head{};
    std::vector<std::uint8_t> bytes;
  };

  void take(const vdt_packet_head& head, std::span<const std::uint8_t> bytes);
  void take_early();

  FlowTable& flows_;
  FlowCache& cache_;
  const FlowCache::Told& grown_;
  const WallClock& clock_;
  Sink sink_;
  std::unique_ptr<PacketHeads> heads_;
  std::optional<Early> early_;
  std::size_t room_ = kAtOnce;  // heads that are handed on before drain() ends
};

}  // namespace vedette
