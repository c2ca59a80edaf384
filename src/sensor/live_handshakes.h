// Handshakes of live flows: takes flows' first bytes from the kernel (kernel/first_bytes.h), puts each packet
// into its flow, has the handshake tracker decode them, and hands what that tells to the API's streams.
//
// A flow's first bytes come before the flow does: the flow cache is swept twice a second. So the records of a
// flow that begins are looked at at once; the sweep tells what they grow by later.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "flow/flow_table.h"
#include "handshake/handshake_tracker.h"
#include "kernel/first_bytes.h"
#include "kernel/flow_cache.h"
#include "kernel/wall_clock.h"
#include "names/name_table.h"
#include "packet/packet.h"
#include "sensor/backend.h"
#include "sensor/live_stream.h"
#include "sensor/losses.h"

namespace vedette {

// The engine's, behind its lock.
class LiveHandshakes {
 public:
  // Gets a packet, as far as it was told, and where it was counted. Both are valid during the call.
  using Seen = std::function<void(const Packet&, const FlowTable::Place&)>;

  // All are the engine's; `grown` takes a record's growth into `flows`. `seen` gets each packet before it is
  // decoded, `also` each handshake before the streams.
  LiveHandshakes(FlowTable& flows, FlowCache& cache, const FlowCache::Told& grown, const WallClock& clock,
                 HandshakeOptions options, Seen seen, HandshakeTracker::Sink also);
  ~LiveHandshakes();

  // Has the kernel tell first bytes. Unusable where an option is.
  [[nodiscard]] Result<void> open(PacketPrograms& programs, const FirstBytesOptions& options);
  // The kernel tells none any more, and all streams end.
  void close();

  // As HandshakeTracker has it.
  void tell_early_to(HandshakeTracker::Early sink, const std::atomic<bool>& wanted) {
    tracker_.tell_early_to(std::move(sink), wanted);
  }

  // Decodes what the kernel has told. `before` is called before each packet, with its time (CLOCK_MONOTONIC,
  // ns). True where more may wait.
  bool drain(const std::function<void(std::uint64_t time_ns)>& before);
  // From the flow table's sink: the flow ends.
  void end(const Flow& flow) { tracker_.end(flow); }

  // Ends when the client lets go: then calls `forget` with the stream's number, which the engine hands on to
  // forget(). Unusable where the filter is.
  struct Wanted;  // prepared without the lock: its filter may ask the resolver
  [[nodiscard]] static Result<std::shared_ptr<Wanted>> prepare(const HandshakeQuery& query);
  [[nodiscard]] std::unique_ptr<HandshakeStream> stream(std::shared_ptr<Wanted> wanted,
                                                        std::function<void(std::uint64_t)> forget);
  void forget(std::uint64_t stream);

  // Readable when the ring fills faster than the timer empties it; -1 before open().
  [[nodiscard]] int wake_fd() const { return first_bytes_ ? first_bytes_->wake_fd() : -1; }
  // Of size 0 before open().
  [[nodiscard]] RingFill ring_fill() const { return first_bytes_ ? first_bytes_->ring_fill() : RingFill{}; }
  [[nodiscard]] std::uint64_t told() const { return tracker_.counters().told; }
  [[nodiscard]] std::size_t memory() const { return tracker_.memory(); }
  // What name servers' answers called addresses.
  [[nodiscard]] const NameTable& names() const { return names_; }
  void add_losses(Losses& losses, const vdt_first_counters& kernel) const;

 private:
  void take(const vdt_first_packet& event, std::span<const std::uint8_t> bytes);
  [[nodiscard]] FlowTable::Place place_of(const vdt_first_packet& event, const vdt_flow_key& key);
  void tell(const HandshakeView& handshake);

  FlowTable& flows_;
  FlowCache& cache_;
  const FlowCache::Told& grown_;
  const WallClock& clock_;
  Seen seen_;
  HandshakeTracker::Sink also_;
  NameTable names_;
  HandshakeTracker tracker_;
  std::unique_ptr<FirstBytes> first_bytes_;
  std::vector<std::shared_ptr<Wanted>> streams_;
  std::uint64_t next_stream_ = 1;
  std::uint64_t queue_lost_before_ = 0;  // handshakes that streams that have ended found no room for
};

}  // namespace vedette
