#include "handshake/handshake_tracker.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "decode/registry.h"
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

// A datagram whose end the capture cut off, or that further fragments hold.
bool is_cut(const vdt_packet_core& core, std::span<const std::uint8_t> payload) {
  return payload.size() < core.payload_length || (core.facts & VDT_FACT_FRAGMENT);
}

// Of the decoders of TCP, those that a direction's first byte leaves while the other one is silent: what they
// say of it alone, asked once for each value. Most flows come with one that a handful of decoders know.
class FirstBytes {
 public:
  const std::bitset<kMostDecoders>& leave(std::size_t side, std::uint8_t byte) {
    Row& row = rows_[side][byte];
    if (!row.asked) ask(row, side, byte);
    return row.left;
  }

 private:
  struct Row {
    bool asked = false;
    std::bitset<kMostDecoders> left;
  };
  static void ask(Row& row, std::size_t side, std::uint8_t byte) {
    const Arrival arrival{.end = 1};
    Heads heads;
    heads.bytes[side] = {&byte, 1};
    heads.arrivals[side] = {&arrival, 1};
    const auto all = decoders();
    Handshakes none;
    for (std::size_t i = 0; i < all.size(); i++) {
      heads.ports = {all[i].port, all[i].port};
      row.left[i] = all[i].protocol == VDT_IP_TCP && all[i].decode(heads, none).verdict != Verdict::kNotMine;
    }
    row.asked = true;
  }
  std::array<std::array<Row, 256>, 2> rows_;
};

const std::bitset<kMostDecoders>& decoders_for(std::uint8_t protocol) {
  static const auto kOf = [](std::uint8_t wanted) {
    std::bitset<kMostDecoders> candidates;
    const auto all = decoders();
    for (std::size_t i = 0; i < all.size(); i++) candidates[i] = all[i].protocol == wanted;
    return candidates;
  };
  static const std::bitset<kMostDecoders> kTcp = kOf(VDT_IP_TCP), kUdp = kOf(VDT_IP_UDP);
  return protocol == VDT_IP_TCP ? kTcp : kUdp;
}

// What a flow costs beside its bytes: its place in the queue and in the index.
constexpr std::size_t kNodeBytes = 64;

}  // namespace

HandshakeTracker::HandshakeTracker(HandshakeOptions options, Sink sink)
    : options_(options), sink_(std::move(sink)) {}

HandshakeTracker::Pending HandshakeTracker::begun(Flow& flow) const {
  Pending pending;
  pending.flow = &flow;
  pending.initiator = flow.key.src;
  pending.initiator_port = flow.key.src_port;
  pending.candidates = decoders_for(flow.key.protocol);
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

std::optional<HandshakeTracker::Asked> HandshakeTracker::ask_at_once(
    Pending& pending, const Packet& packet, FlowSide side, std::span<const std::uint8_t> payload) const {
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

// Of the first that claims the bytes; else of all, each wanting to be asked again as early as any.
HandshakeTracker::Asked HandshakeTracker::ask(Pending& pending, const Heads& heads) const {
  static thread_local FirstBytes first_bytes;
  for (std::size_t side = 0; side < 2; side++)
    if (pending.flow->key.protocol == VDT_IP_TCP && !heads.bytes[side].empty() &&
        heads.bytes[1 - side].empty())
      pending.candidates &= first_bytes.leave(side, heads.bytes[side][0]);
  Asked asked;
  Answer all_of_them;
  const auto all = decoders();
  for (std::size_t i = 0; i < all.size(); i++) {
    if (!pending.candidates[i]) continue;
    const Answer answer = all[i].decode(heads, asked.handshakes);
    if (answer.verdict == Verdict::kMine && !pending.told)
      pending.flow->spoken = spoken_number(all[i].name, {}, {});
    if (answer.verdict == Verdict::kMine || answer.verdict == Verdict::kDone) {
      asked.answer = answer;
      asked.decoder = i;
      return asked;
    }
    if (answer.verdict == Verdict::kNotMine) {
      pending.candidates.reset(i);
      continue;
    }
    for (std::size_t side = 0; side < 2; side++)
      if (answer.need[side] != 0 &&
          (all_of_them.need[side] == 0 || answer.need[side] < all_of_them.need[side]))
        all_of_them.need[side] = answer.need[side];
  }
  if (pending.candidates.none()) all_of_them.verdict = Verdict::kNotMine;
  asked.answer = all_of_them;
  return asked;
}

void HandshakeTracker::keep_only(Pending& pending, std::size_t decoder) {
  pending.candidates.reset();
  pending.candidates.set(decoder);
}

void HandshakeTracker::use(Pending& pending, const Asked& asked) {
  pending.began = false;
  for (std::size_t side = 0; side < 2; side++) {
    pending.heads[side].drop(asked.answer.used[side], pending.now);
    const auto arrivals = pending.heads[side].arrivals();
    if (arrivals.empty()) continue;
    pending.time = pending.began ? std::min(pending.time, arrivals.front().time) : arrivals.front().time;
    pending.began = true;
  }
  pending.need = {1, 1};
  const std::uint8_t protocol = pending.flow->key.protocol;
  if (asked.answer.next == Next::kSame && protocol == VDT_IP_TCP)
    keep_only(pending, asked.decoder);
  else
    pending.candidates = decoders_for(protocol);
}

HandshakeTracker::Outcome HandshakeTracker::decode(Pending& pending, bool ended, std::optional<Asked> first) {
  for (;;) {
    const Asked asked = first ? *std::exchange(first, {}) : ask(pending, heads_of(pending, ended));
    const Verdict verdict = asked.answer.verdict;
    if (verdict == Verdict::kNotMine) return Outcome::kSettled;
    if (verdict != Verdict::kDone) {
      if (ended) tell(pending, asked.handshakes);
      if (verdict == Verdict::kMine) keep_only(pending, asked.decoder);
      pending.need = asked.answer.need;
      return Outcome::kWaits;
    }
    tell(pending, asked.handshakes);
    if (asked.answer.next == Next::kNobody) return Outcome::kSettled;
    use(pending, asked);
    if (!pending.began) return pending.flow->key.protocol == VDT_IP_UDP ? Outcome::kResumes : Outcome::kWaits;
  }
}

void HandshakeTracker::tell(Pending& pending, const Handshakes& handshakes) {
  for (const Handshake& handshake : handshakes) {
    counters_.told++;
    const auto reason = options_.outdated ? options_.outdated->reason(handshake) : std::nullopt;
    const std::string_view outdated = reason ? std::string_view(*reason) : "";
    if (!pending.told) pending.flow->spoken = spoken_number(handshake.app, handshake.app_version, outdated);
    pending.told = true;
    const Nanoseconds time = handshake.time == Nanoseconds{} ? pending.time : handshake.time;
    if (sink_) sink_({*pending.flow, time, handshake, outdated});
  }
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
