#include "handshake/handshake_tracker.h"

#include <algorithm>
#include <cstring>

#include "decode/registry.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// Some stacks and tunnels count Ethernet's padding of a bare SYN/ACK or ACK in the IP length: the next
// segment's sequence number knows nothing of it. An IPv4 header and a TCP one without options leave six bytes
// to the shortest frame.
bool is_padding(const vdt_packet_core& core, std::span<const std::uint8_t> payload) {
  constexpr std::size_t kMostPadding = 6;
  return (core.tcp_flags & ~VDT_TCP_SYN) == VDT_TCP_ACK && payload.size() <= kMostPadding &&
         std::ranges::all_of(payload, [](std::uint8_t byte) { return byte == 0; });
}

// Of the payload, what was captured.
std::span<const std::uint8_t> payload_of(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  if (core.payload_offset == 0 || core.payload_offset >= packet.bytes.size()) return {};
  const auto rest = packet.bytes.subspan(core.payload_offset);
  const auto payload = rest.first(std::min<std::size_t>(rest.size(), core.payload_length));
  return is_padding(core, payload) ? std::span<const std::uint8_t>{} : payload;
}

std::uint64_t decoders_for(std::uint8_t protocol) {
  std::uint64_t candidates = 0;
  const auto all = decoders();
  for (std::size_t i = 0; i < all.size(); i++)
    if (all[i].protocol == protocol) candidates |= std::uint64_t{1} << i;
  return candidates;
}

// What a flow costs beside its bytes: its place in the queue and in the index.
constexpr std::size_t kNodeBytes = 64;

}  // namespace

HandshakeTracker::HandshakeTracker(HandshakeOptions options, Sink sink)
    : options_(options), sink_(std::move(sink)) {}

HandshakeTracker::Pending& HandshakeTracker::pending_of(Flow& flow) {
  if (const auto found = by_flow_.find(&flow); found != by_flow_.end()) return *found->second;
  Pending& pending = queue_.emplace_back();
  by_flow_.emplace(&flow, std::prev(queue_.end()));
  pending.flow = &flow;
  pending.initiator = flow.key.src;
  pending.initiator_port = flow.key.src_port;
  pending.candidates = decoders_for(flow.key.protocol);
  pending.need = {1, 1};
  pending.held = sizeof(Pending) + kNodeBytes;
  held_ += pending.held;
  return pending;
}

void HandshakeTracker::keep_sides(Pending& pending) const {
  const vdt_flow_key& key = pending.flow->key;
  if (pending.initiator_port == key.src_port &&
      std::memcmp(&pending.initiator, &key.src, sizeof(key.src)) == 0)
    return;
  pending.initiator = key.src;
  pending.initiator_port = key.src_port;
  std::swap(pending.heads[0], pending.heads[1]);
  std::swap(pending.need[0], pending.need[1]);
}

bool HandshakeTracker::more_to_say(const Pending& pending) const {
  for (std::size_t side = 0; side < 2; side++) {
    const std::size_t known = pending.heads[side].bytes().size();
    if (pending.need[side] != 0 && known >= std::min(pending.need[side], options_.head_bytes)) return true;
  }
  return false;
}

void HandshakeTracker::add(const Packet& packet, const FlowTable::Place& place) {
  const vdt_packet_core& core = packet.facts->core;
  if (place.flow == nullptr || (place.flow->marks & kHeadSettled) || !(core.facts & VDT_FACT_TCP)) return;
  const bool syn = (core.tcp_flags & VDT_TCP_SYN) != 0;
  const auto payload = payload_of(packet);
  Pending& pending = pending_of(*place.flow);
  keep_sides(pending);
  if (!payload.empty() && !pending.began) {
    pending.began = true;
    pending.time = packet.time;
  }
  StreamHead& head = pending.heads[place.side];
  const std::size_t before = head.memory();
  head.add(core.tcp_seq, syn, payload, options_.head_bytes);
  pending.held += head.memory() - before;
  held_ += head.memory() - before;
  if (!payload.empty() && more_to_say(pending) && decode(pending, false)) {
    place.flow->marks |= kHeadSettled;
    forget(by_flow_.at(place.flow));
  }
  if (held_ > options_.all_bytes) make_room();
}

bool HandshakeTracker::decode(Pending& pending, bool ended) {
  Heads heads;
  for (std::size_t side = 0; side < 2; side++) {
    heads.bytes[side] = pending.heads[side].bytes();
    heads.ended[side] = ended || heads.bytes[side].size() >= options_.head_bytes;
  }
  std::array<std::size_t, 2> need{};
  const auto all = decoders();
  for (std::size_t i = 0; i < all.size(); i++) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (!(pending.candidates & bit)) continue;
    Handshake handshake;
    const Answer answer = all[i].decode(heads, handshake);
    if (answer.verdict == Verdict::kDone) {
      tell(pending, handshake);
      return true;
    }
    if (answer.verdict == Verdict::kNotMine) {
      pending.candidates &= ~bit;
      continue;
    }
    if (answer.verdict == Verdict::kMine) pending.candidates = bit;
    for (std::size_t side = 0; side < 2; side++)
      if (answer.need[side] != 0 && (need[side] == 0 || answer.need[side] < need[side]))
        need[side] = answer.need[side];
    if (answer.verdict == Verdict::kMine) break;
  }
  pending.need = need;
  return pending.candidates == 0;
}

void HandshakeTracker::tell(const Pending& pending, const Handshake& handshake) {
  counters_.told++;
  if (sink_) sink_({*pending.flow, pending.time, handshake});
}

void HandshakeTracker::forget(Queue::iterator pending) {
  held_ -= pending->held;
  by_flow_.erase(pending->flow);
  queue_.erase(pending);
}

void HandshakeTracker::end(const Flow& flow) {
  const auto found = by_flow_.find(&flow);
  if (found == by_flow_.end()) return;
  const auto pending = found->second;
  if (pending->began) decode(*pending, true);
  forget(pending);
}

void HandshakeTracker::make_room() {
  while (held_ > options_.all_bytes && !queue_.empty()) {
    const auto longest_held = queue_.begin();
    // What it said so far is told; the flow is not asked again.
    if (longest_held->began) decode(*longest_held, true);
    longest_held->flow->marks |= kHeadSettled;
    counters_.given_up++;
    forget(longest_held);
  }
}

}  // namespace vedette
