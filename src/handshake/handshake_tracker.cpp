#include "handshake/handshake_tracker.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "decode/handshake_facts.h"
#include "decode/registry.h"
#include "packet/client_fingerprint.h"
#include "packet/spoken.h"
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

// Segments do even without a payload: a SYN says where the bytes begin. Of a fragmented datagram the first
// fragment alone is taken; whole ones come as such (whole_packets.h).
bool bears_on_heads(const vdt_packet_core& core, std::span<const std::uint8_t> payload) {
  if (core.facts & VDT_FACT_TCP) return true;
  return core.key.protocol == VDT_IP_UDP && (core.facts & VDT_FACT_PORTS) && !payload.empty();
}

std::string_view fingerprint_of_client(const Handshake& handshake) {
  for (const HandshakeFact& fact : handshake.facts)
    if (fact.name == "ja4" || fact.name == "hassh") return fact.text;
  return {};
}

// A datagram whose end the capture cut off, or that further fragments hold.
bool is_cut(const vdt_packet_core& core, std::span<const std::uint8_t> payload) {
  return payload.size() < core.payload_length || (core.facts & VDT_FACT_FRAGMENT);
}

// What a flow costs beside its bytes: its place in the queue and in the index.
constexpr std::size_t kNodeBytes = 64;

}  // namespace

HandshakeTracker::HandshakeTracker(HandshakeOptions options, Sink sink)
    : options_(options), sink_(std::move(sink)) {}

HandshakeTracker::Pending HandshakeTracker::begun(Flow& flow) const {
  Pending pending(flow.key.protocol);
  pending.flow = &flow;
  pending.initiator = flow.key.src;
  pending.initiator_port = flow.key.src_port;
  pending.need = {1, 1};
  return pending;
}

void HandshakeTracker::hold(Pending pending) {
  pending.flow->marks |= kHeadPending;
  queue_.push_back(std::move(pending));
  by_flow_.emplace(queue_.back().flow, std::prev(queue_.end()));
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
    const StreamHead& head = pending.heads[side];
    const std::size_t needed = std::min(pending.need[side], options_.head_bytes);
    if (needed != 0 && (head.bytes().size() >= needed || head.full())) return true;
  }
  return false;
}

void HandshakeTracker::add(const Packet& packet, const FlowTable::Place& place) {
  if (place.flow == nullptr || (place.flow->marks & kHeadSettled)) return;
  const auto payload = payload_of(packet);
  if (!bears_on_heads(packet.facts->core, payload)) return;
  std::optional<Asked> asked;
  if (!(place.flow->marks & kHeadPending)) {
    Pending first = begun(*place.flow);
    asked = ask_at_once(first, packet, place.side, payload);
    // Most flows that no decoder knows show it by their first payload, and need no place of their own.
    if (asked && asked->answer.verdict == Verdict::kNotMine) return settle(*place.flow);
    hold(std::move(first));
  }
  Pending& pending = *by_flow_.at(place.flow);
  keep_sides(pending);
  take_payload(pending, place.side, packet, payload);
  Outcome outcome = Outcome::kWaits;
  if (!payload.empty() && more_to_say(pending)) outcome = decode(pending, false, std::move(asked));
  count_memory(pending);
  if (outcome == Outcome::kSettled) settle(*place.flow);
  if (outcome != Outcome::kWaits) forget(by_flow_.at(place.flow));
  if (held_ > options_.all_bytes) make_room();
}

void HandshakeTracker::settle(Flow& flow) {
  flow.marks |= kHeadSettled;
  counters_.settled++;
}

std::optional<Asked> HandshakeTracker::ask_at_once(Pending& pending, const Packet& packet, FlowSide side,
                                                   std::span<const std::uint8_t> payload) const {
  if (payload.empty() || payload.size() >= options_.head_bytes) return {};
  pending.now = packet.time;
  const Arrival arrival{.end = static_cast<std::uint32_t>(payload.size()),
                        .cut = is_cut(packet.facts->core, payload),
                        .time = packet.time};
  Heads heads = heads_of(pending, false);
  heads.bytes[side] = payload;
  heads.arrivals[side] = {&arrival, 1};
  return ask(pending, heads);
}

void HandshakeTracker::take_payload(Pending& pending, FlowSide side, const Packet& packet,
                                    std::span<const std::uint8_t> payload) {
  const vdt_packet_core& core = packet.facts->core;
  pending.now = packet.time;
  if (!payload.empty() && !pending.began) {
    pending.began = true;
    pending.time = packet.time;
  }
  StreamHead& head = pending.heads[side];
  if (core.facts & VDT_FACT_TCP)
    head.add_segment(core.tcp_seq, (core.tcp_flags & VDT_TCP_SYN) != 0, payload, packet.time,
                     options_.head_bytes);
  else
    head.add_datagram(payload, is_cut(core, payload), packet.time, options_.head_bytes);
}

void HandshakeTracker::count_memory(Pending& pending) {
  const std::size_t now =
      sizeof(Pending) + kNodeBytes + pending.heads[0].memory() + pending.heads[1].memory();
  held_ += now - pending.held;
  pending.held = now;
}

Heads HandshakeTracker::heads_of(const Pending& pending, bool ended) const {
  const vdt_flow_key& key = pending.flow->key;
  Heads heads{.bytes = {}, .arrivals = {}, .ports = {key.src_port, key.dst_port}, .now = pending.now};
  for (std::size_t side = 0; side < 2; side++) {
    const StreamHead& head = pending.heads[side];
    heads.bytes[side] = head.bytes();
    heads.arrivals[side] = head.arrivals();
    heads.ended[side] = ended || head.full() || head.bytes().size() >= options_.head_bytes;
  }
  return heads;
}

Asked HandshakeTracker::ask(Pending& pending, const Heads& heads) const {
  Asked asked = pending.candidates.ask(heads);
  if (asked.answer.verdict == Verdict::kMine && !pending.told)
    pending.flow->spoken = spoken_number(asked.app, {}, {});
  return asked;
}

void HandshakeTracker::use(Pending& pending, const Asked& asked) {
  pending.began = false;
  pending.standing = 0;
  for (std::size_t side = 0; side < 2; side++) {
    pending.heads[side].drop(asked.answer.used[side], pending.now);
    const auto arrivals = pending.heads[side].arrivals();
    if (arrivals.empty()) continue;
    pending.time = pending.began ? std::min(pending.time, arrivals.front().time) : arrivals.front().time;
    pending.began = true;
  }
  pending.need = {1, 1};
  pending.candidates.hand_on(asked);
}

HandshakeTracker::Outcome HandshakeTracker::decode(Pending& pending, bool ended, std::optional<Asked> first) {
  for (;;) {
    const Asked asked = first ? *std::exchange(first, {}) : ask(pending, heads_of(pending, ended));
    const Verdict verdict = asked.answer.verdict;
    if (verdict == Verdict::kNotMine) return Outcome::kSettled;
    if (verdict != Verdict::kDone) {
      tell(pending, asked.handshakes, ended ? asked.handshakes.size() : asked.answer.stand);
      if (verdict == Verdict::kMine) pending.candidates.keep_only(asked);
      pending.need = asked.answer.need;
      if (verdict == Verdict::kMine && !ended) tell_early(pending);
      return Outcome::kWaits;
    }
    tell(pending, asked.handshakes, asked.handshakes.size());
    if (asked.answer.next == Next::kNobody) return Outcome::kSettled;
    use(pending, asked);
    if (!pending.began) return pending.flow->key.protocol == VDT_IP_UDP ? Outcome::kResumes : Outcome::kWaits;
  }
}

void HandshakeTracker::tell(Pending& pending, const Handshakes& handshakes, std::size_t count) {
  for (; pending.standing < count; pending.standing++) {
    const Handshake& handshake = handshakes[pending.standing];
    counters_.told++;
    const auto reason = options_.outdated ? options_.outdated->reason(handshake) : std::nullopt;
    const std::string_view outdated = reason ? std::string_view(*reason) : "";
    if (!pending.told) pending.flow->spoken = spoken_number(handshake.app, handshake.app_version, outdated);
    pending.told = true;
    if (fact_of(handshake, "logged_in")) pending.flow->marks |= kLoggedIn;
    if (pending.flow->fingerprint == kNoFingerprint)
      pending.flow->fingerprint = client_fingerprint_number(fingerprint_of_client(handshake));
    const Nanoseconds time = handshake.time == Nanoseconds{} ? pending.time : handshake.time;
    if (sink_) sink_({*pending.flow, time, handshake, outdated});
  }
}

void HandshakeTracker::tell_early(Pending& pending) {
  if (early_wanted_ == nullptr || !*early_wanted_ || pending.told_early) return;
  Candidates alone = pending.candidates;
  const Asked asked = alone.ask(heads_of(pending, true));
  for (std::size_t at = pending.standing; at < asked.handshakes.size(); at++)
    pending.told_early |= early_({*pending.flow, pending.time, asked.handshakes[at], {}});
}

void HandshakeTracker::forget(Queue::iterator pending) {
  held_ -= pending->held;
  pending->flow->marks &= static_cast<std::uint8_t>(~kHeadPending);
  by_flow_.erase(pending->flow);
  queue_.erase(pending);
}

void HandshakeTracker::end(const Flow& flow) {
  if (!(flow.marks & kHeadPending)) return;
  const auto pending = by_flow_.at(&flow);
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
