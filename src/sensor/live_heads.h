// Packets' heads of live traffic: takes them from the kernel (kernel/packet_heads.h), puts each into its
// flow, and hands it on as a packet.
//
// A head may come before its flow does: the flow cache is swept twice a second. So its record is looked at at
// once; the sweep tells what it grows by later.
#pragma once

#include <functional>
#include <memory>

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

  // Readable when the ring fills faster than the timer empties it; -1 before open().
  [[nodiscard]] int wake_fd() const { return heads_ ? heads_->wake_fd() : -1; }
  // Of size 0 before open().
  [[nodiscard]] RingFill ring_fill() const { return heads_ ? heads_->ring_fill() : RingFill{}; }

 private:
  void take(const vdt_packet_head& head, std::span<const std::uint8_t> bytes);

  FlowTable& flows_;
  FlowCache& cache_;
  const FlowCache::Told& grown_;
  const WallClock& clock_;
  Sink sink_;
  std::unique_ptr<PacketHeads> heads_;
};

}  // namespace vedette
