// Flows' first bytes to handshakes. Stands beside the flow table: it gets each packet with the flow in which
// the table counted it, puts the first bytes of each direction together (TCP) or behind one another (UDP),
// asks the decoders, and tells each handshake once: as soon as it has said all, or else when its flow ends.
// A flow whose decoders expect no more costs one look at a mark from then on. The flow itself is told what it
// speaks (Flow::spoken): what its first handshake says.
//
// Bounded: so many bytes of each direction, so many bytes for all flows, the longest held given up first and
// counted. Time is the packets' own. One thread, the flow table's.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>

#include "decode/candidates.h"
#include "decode/decoder.h"
#include "decode/stream_head.h"
#include "flow/flow_table.h"
#include "outdated/outdated_table.h"
#include "packet/packet.h"

namespace vedette {

struct HandshakeOptions {
  // A browser's ClientHello with post-quantum keys has some 1,800 bytes, the largest seen in captures 11,414.
  std::size_t head_bytes = std::size_t{16} * 1024;        // of each direction
  std::size_t all_bytes = std::size_t{64} * 1024 * 1024;  // of all flows that are not settled
  const OutdatedTable* outdated = nullptr;                // outlives the tracker; null: nothing is outdated
};

struct HandshakeCounters {
  std::uint64_t told = 0;
  std::uint64_t settled = 0;  // flows that have said all, or that no decoder knows
  std::uint64_t given_up =
      0;  // flows whose first bytes were dropped for want of room before they had said all
};

// Valid during the call that hands it on.
struct HandshakeView {
  const Flow& flow;
  Nanoseconds time{};  // of its first packet that carried a payload
  const Handshake& handshake;
  std::string_view outdated_reason;  // empty where it isn't outdated
};

class HandshakeTracker {
 public:
  using Sink = std::function<void(const HandshakeView&)>;

  explicit HandshakeTracker(HandshakeOptions options = {}, Sink sink = {});
  HandshakeTracker(const HandshakeTracker&) = delete;
  HandshakeTracker& operator=(const HandshakeTracker&) = delete;

  // `place` is what the flow table gave for `packet`.
  void add(const Packet& packet, const FlowTable::Place& place);

  // The flow ends: called from the flow table's sink, whatever it ended by. A report is no end.
  void end(const Flow& flow);

  // What a handshake says that is still to go on, as far as that is known: a flow's handshakes are told here
  // as often as more of them came, until `sink` says that it is enough. Costs a second decoding while
  // `wanted`, which outlives this.
  using Early = std::function<bool(const HandshakeView&)>;
  void tell_early_to(Early sink, const std::atomic<bool>& wanted) {
    early_ = std::move(sink);
    early_wanted_ = &wanted;
  }

  [[nodiscard]] const HandshakeCounters& counters() const { return counters_; }
  // Flows that are not settled, of those that something is held for.
  [[nodiscard]] std::size_t pending() const { return queue_.size(); }
  // Bytes held for them.
  [[nodiscard]] std::size_t memory() const { return held_; }

 private:
  struct Pending {
    explicit Pending(std::uint8_t protocol) : candidates(protocol) {}

    Flow* flow = nullptr;
    vdt_address initiator{};  // the flow's src when the heads were begun: the table may turn a flow round
    std::uint16_t initiator_port = 0;
    Nanoseconds now{};   // of the latest packet
    Nanoseconds time{};  // of the first payload that nobody has used
    bool began = false;  // there is such a payload
    bool told = false;   // a handshake of this flow
    bool told_early = false;
    // Handshakes told of the bytes held, of which more may tell more: the first that the decoder gives.
    std::size_t standing = 0;
    Candidates candidates;
    std::array<std::size_t, 2> need{};
    std::array<StreamHead, 2> heads;
    std::size_t held = 0;  // bytes, as counted in held_
  };
  using Queue = std::list<Pending>;  // the longest held first

  [[nodiscard]] Pending begun(Flow& flow) const;
  void hold(Pending pending);
  void settle(Flow& flow);
  // Of a flow that nothing is held for yet: what decoders say of this payload as it lies in the packet;
  // nothing where it must be put together first.
  [[nodiscard]] std::optional<Asked> ask_at_once(Pending& pending, const Packet& packet, FlowSide side,
                                                 std::span<const std::uint8_t> payload) const;
  void keep_sides(Pending& pending) const;
  [[nodiscard]] bool more_to_say(const Pending& pending) const;
  enum class Outcome : std::uint8_t { kWaits, kSettled, kResumes };
  void take_payload(Pending& pending, FlowSide side, const Packet& packet,
                    std::span<const std::uint8_t> payload);
  // Asks the candidates until they want more bytes, or nothing more is to be asked.
  // `first`: what they said of these bytes already.
  Outcome decode(Pending& pending, bool ended, std::optional<Asked> first = {});
  [[nodiscard]] Heads heads_of(const Pending& pending, bool ended) const;
  [[nodiscard]] Asked ask(Pending& pending, const Heads& heads) const;
  static void use(Pending& pending, const Asked& asked);
  void count_memory(Pending& pending);
  // The first `count`, without those that were told of these bytes before.
  void tell(Pending& pending, const Handshakes& handshakes, std::size_t count);
  void tell_early(Pending& pending);
  void forget(Queue::iterator pending);
  void make_room();

  HandshakeOptions options_;
  Sink sink_;
  Early early_;
  const std::atomic<bool>* early_wanted_ = nullptr;
  Queue queue_;
  std::unordered_map<const Flow*, Queue::iterator> by_flow_;
  std::size_t held_ = 0;
  HandshakeCounters counters_;
};

}  // namespace vedette
