#include "flow/flow_table.h"

#include <algorithm>
#include <cassert>
#include <random>
#include <ranges>
#include <vector>

#include "abi/verdict.h"
#include "flow/saturating.h"
#include "flow/tcp_health.h"

namespace vedette {

namespace {

// Idle flows are looked for this often in the packets' time, this many at a time: what one packet may cost.
constexpr Nanoseconds kLookEvery = std::chrono::milliseconds(20);
constexpr std::size_t kLookedAtAPacket = 64;

// Hostile files hold any 64-bit number; within these bounds differences can't overflow.
constexpr Nanoseconds kEarliest{0};
constexpr Nanoseconds kLatest{std::int64_t{1} << 62};

HashSeed random_seed() {
  std::random_device device;
  const auto word = [&] { return std::uint64_t{device()} << 32 | device(); };
  return {word(), word()};
}

bool is_syn(std::uint8_t flags) {
  return (flags & (VDT_TCP_SYN | VDT_TCP_ACK)) == VDT_TCP_SYN;
}
bool is_syn_ack(std::uint8_t flags) {
  return (flags & (VDT_TCP_SYN | VDT_TCP_ACK)) == (VDT_TCP_SYN | VDT_TCP_ACK);
}

FlowSide other(FlowSide side) {
  return side == kInitiator ? kResponder : kInitiator;
}

// Tunnel ids that each direction chooses for itself tell no flow apart (TS 29.281 §5.1: the receiver's TEID;
// RFC 2637 §4.1: the receiver's call).
void forget_one_way_id(vdt_flow_key& key) {
  if (key.tunnel_type == VDT_TUNNEL_GTPU || key.tunnel_type == VDT_TUNNEL_PPTP) key.tunnel_id = 0;
}

template <typename T>
void prefetch_lines(const T& object) {
  constexpr std::size_t kCacheLine = 64;
  const char* bytes = reinterpret_cast<const char*>(&object);
  for (std::size_t at = 0; at < sizeof(T); at += kCacheLine) __builtin_prefetch(bytes + at, 1);
  __builtin_prefetch(bytes + sizeof(T) - 1, 1);
}

}  // namespace

FlowTable::FlowTable(FlowOptions options, Sink sink)
    : options_(options),
      sink_(std::move(sink)),
      seed_(random_seed()),
      wheels_{IdleWheel(entries_, options.tcp_idle), IdleWheel(entries_, options.other_idle),
              IdleWheel(entries_, options.closed_grace)} {
  assert(options.max_flows > 0);
}

FlowTable::Found FlowTable::look_up(const vdt_flow_key& key, std::uint64_t hash, std::uint32_t likely) const {
  KeyMatch match = KeyMatch::kNone;
  if (likely != FlowIndex::kNone) match = match_folded(entries_[likely].flow.key, key);
  if (match != KeyMatch::kNone) return {likely, match == KeyMatch::kReverse ? kResponder : kInitiator};
  const std::uint32_t number = index_.find(hash, [&](std::uint32_t candidate) {
    match = match_folded(entries_[candidate].flow.key, key);
    return match != KeyMatch::kNone;
  });
  return {number, match == KeyMatch::kReverse ? kResponder : kInitiator};
}

FlowTable::Found FlowTable::create(const vdt_flow_key& key, std::uint64_t hash, Nanoseconds time) {
  if (index_.size() >= options_.max_flows) make_room();
  const std::uint32_t number = entries_.take();
  TableEntry& entry = entries_[number];
  entry.flow.key = key;
  entry.flow.first = time;
  entry.flow.last = time;
  entry.wheel = key.protocol == VDT_IP_TCP ? kTcp : kOther;
  index_.insert(hash, number);
  wheels_[entry.wheel].insert(number);
  counters_.created++;
  return {number, kInitiator};
}

void FlowTable::end(std::uint32_t number, FlowEnd why) {
  TableEntry& entry = entries_[number];
  tell(entry, why);
  index_.erase(folded_hash(entry.flow.key, seed_), number);
  wheels_[entry.wheel].remove(number);
  if (entry.tracking != 0) tracking_.give_back(entry.tracking);
  if (entry.beside & kHasFacts) facts_.erase(&entry.flow);
  if (entry.beside & kHasTunnel) tunnels_.erase(&entry.flow);
  entry.flow.key = {};  // no packet's: who still has the number doesn't take it for the flow
  entries_.give_back(number);
}

void FlowTable::make_room() {
  std::uint32_t idlest = 0;
  for (IdleWheel& wheel : wheels_) {
    const std::uint32_t candidate = wheel.idlest();
    if (candidate == 0) continue;
    if (idlest == 0 || entries_[candidate].flow.last < entries_[idlest].flow.last) idlest = candidate;
  }
  counters_.evicted++;
  end(idlest, FlowEnd::kEvicted);
}

void FlowTable::keep_time(Nanoseconds now, std::size_t budget) {
  if (now > now_) {
    now_ = now;
  } else if (now_ - now > options_.tcp_idle + options_.other_idle) {
    // The clock was set back, or an older capture follows a younger one.
    now_ = now;
    kept_ = now;
    for (IdleWheel& wheel : wheels_) wheel.step_back(now);
  }
  if (now_ - kept_ < kLookEvery && !behind_) return;
  kept_ = now_;
  for (IdleWheel& wheel : wheels_) {
    const FlowEnd why = &wheel == &wheels_[kClosed] ? FlowEnd::kClosed : FlowEnd::kIdle;
    while (const std::uint32_t number = wheel.next_idle(now_, budget)) end(number, why);
  }
  behind_ = budget == 0;
}

void FlowTable::refile(std::uint32_t number, IdleClass wheel) {
  TableEntry& entry = entries_[number];
  wheels_[entry.wheel].remove(number);
  entry.wheel = wheel;
  wheels_[wheel].insert(number);
}

void FlowTable::close_if_over(std::uint32_t number) {
  if (entries_[number].wheel != kTcp) return;
  const FlowState state = flow_state(entries_[number].flow);
  if (state == FlowState::kClosed || state == FlowState::kReset) refile(number, kClosed);
}

bool FlowTable::ends_before(const TableEntry& entry, Nanoseconds time) const {
  return time - entry.flow.last > wheels_[entry.wheel].limit();
}

bool FlowTable::begins_anew(const TableEntry& entry, FlowSide side, const vdt_packet_core& core) const {
  if (entry.wheel != kClosed || !is_syn(core.tcp_flags)) return false;
  const bool same_syn = side == kInitiator && is_syn(entry.flow.tcp_flags[kInitiator] & VDT_TCP_SYN) &&
                        entry.tracking != 0 && tracking_[entry.tracking].first_seq == core.tcp_seq;
  return !same_syn;
}

void FlowTable::turn_round(TableEntry& entry) {
  Flow& flow = entry.flow;
  flow.key = reversed(flow.key);
  std::swap(flow.sent[0], flow.sent[1]);
  std::swap(flow.retransmits[0], flow.retransmits[1]);
  std::swap(flow.tcp_flags[0], flow.tcp_flags[1]);
  if (entry.tracking != 0) {
    TcpTracking& tracking = tracking_[entry.tracking];
    std::swap(tracking.sides[0], tracking.sides[1]);
  }
  if (!(entry.beside & kHasTunnel)) return;
  if (std::optional<vdt_outer>& outer = tunnels_.at(&flow).outer) {
    std::swap(outer->src, outer->dst);
    std::swap(outer->src_port, outer->dst_port);
  }
}

// Who sent the SYN is the initiator; who came first is only a guess until then.
void FlowTable::settle_initiator(TableEntry& entry, FlowSide& side, std::uint8_t first_flags) {
  if ((entry.flow.marks & kInitiatorKnown) || !(first_flags & VDT_TCP_SYN)) return;
  entry.flow.marks |= kInitiatorKnown;
  const FlowSide initiator = is_syn_ack(first_flags) ? other(side) : side;
  if (initiator == kInitiator) return;
  turn_round(entry);
  side = other(side);
}

void FlowTable::count_lengths(Flow& flow, std::uint32_t shortest, std::uint32_t longest) {
  const bool first = flow.sent[kInitiator].packets + flow.sent[kResponder].packets == 0;
  flow.min_length = first ? shortest : std::min(flow.min_length, shortest);
  flow.max_length = std::max(flow.max_length, longest);
}

void FlowTable::keep_tunnel(TableEntry& entry, FlowSide side, std::uint32_t id, const vdt_outer* outer) {
  FlowTunnel& tunnel = tunnels_[&entry.flow];
  entry.beside |= kHasTunnel;
  tunnel.id = id;
  if (outer == nullptr) return;
  tunnel.outer = *outer;
  if (side == kInitiator) return;
  std::swap(tunnel.outer->src, tunnel.outer->dst);
  std::swap(tunnel.outer->src_port, tunnel.outer->dst_port);
}

void FlowTable::count_segment(TableEntry& entry, FlowSide side, const vdt_packet_core& core,
                              Nanoseconds time) {
  if (entry.tracking == 0) {
    entry.tracking = tracking_.take();
    tracking_[entry.tracking].first_seq = core.tcp_seq;
  }
  entry.flow.tcp_flags[side] |= core.tcp_flags;
  track_segment(tracking_[entry.tracking], entry.flow, side, core, time);
}

FlowTable::Place FlowTable::add_packet(const Packet& packet) {
  return add_hashed(packet, folded_hash(packet.facts->core.key, seed_), FlowIndex::kNone);
}

std::uint32_t FlowTable::prefetch_flow(std::uint64_t hash) const {
  const std::uint32_t number = index_.likely(hash);
  if (number != FlowIndex::kNone) prefetch_lines(entries_[number]);
  return number;
}

void FlowTable::prefetch_tracking(std::uint32_t number) const {
  if (number == FlowIndex::kNone) return;
  if (const std::uint32_t tracking = entries_[number].tracking) prefetch_lines(tracking_[tracking]);
}

FlowTable::Place FlowTable::add_hashed(const Packet& packet, std::uint64_t hash, std::uint32_t likely) {
  const vdt_packet_core& core = packet.facts->core;
  const Nanoseconds time = std::clamp(packet.time, kEarliest, kLatest);
  counters_.packets += packet.segments;
  counters_.bytes += core.length;
  keep_time(time, kLookedAtAPacket);
  if (!(core.facts & VDT_FACT_IP)) {
    counters_.not_ip_packets += packet.segments;
    counters_.not_ip_bytes += core.length;
    return {};
  }

  vdt_flow_key key = core.key;
  if (core.facts & (VDT_FACT_FRAGMENT | VDT_FACT_TUNNEL)) {
    if (core.facts & VDT_FACT_FRAGMENT) fragments_.resolve(core, time, key);
    forget_one_way_id(key);
    hash = folded_hash(key, seed_);
  }

  const bool segment = (core.facts & VDT_FACT_TCP) != 0;
  Found found = look_up(key, hash, likely);
  if (found.number != 0 && ends_before(entries_[found.number], time)) {
    end(found.number, entries_[found.number].wheel == kClosed ? FlowEnd::kClosed : FlowEnd::kIdle);
    found = {};
  } else if (found.number != 0 && segment && begins_anew(entries_[found.number], found.side, core)) {
    end(found.number, FlowEnd::kClosed);
    found = {};
  }
  const bool created = found.number == 0;
  if (created) found = create(key, hash, time);

  TableEntry& entry = entries_[found.number];
  Flow& flow = entry.flow;
  if (segment) settle_initiator(entry, found.side, core.tcp_flags);
  if (created && (core.facts & VDT_FACT_TUNNEL))
    keep_tunnel(entry, found.side, core.key.tunnel_id, &packet.facts->outer);
  if (created && !packet.interface_name.empty()) name_interface(key.ifindex, packet.interface_name);

  count_lengths(flow, core.length, core.length);
  flow.sent[found.side].packets += packet.segments;
  flow.sent[found.side].bytes += core.length;
  flow.first = std::min(flow.first, time);
  flow.last = std::max(flow.last, time);
  if (segment) {
    count_segment(entry, found.side, core, time);
    if (core.tcp_flags & (VDT_TCP_FIN | VDT_TCP_RST)) close_if_over(found.number);
  }
  report_if_due(entry);
  return {&flow, found.side, created};
}

FlowTable::Place FlowTable::add_record(const RecordDelta& delta) {
  const Nanoseconds first = std::clamp(delta.first, kEarliest, kLatest);
  const Nanoseconds last = std::clamp(delta.last, first, kLatest);
  counters_.packets += delta.packets;
  counters_.bytes += delta.bytes;
  keep_time(last, kLookedAtAPacket);

  vdt_flow_key key = *delta.key;
  key.direction = 0;  // both directions are one flow
  forget_one_way_id(key);
  const std::uint64_t hash = folded_hash(key, seed_);
  Found found = look_up(key, hash);
  if (found.number != 0) {
    const TableEntry& kept = entries_[found.number];
    // Each CPU has a record of its own. One that began before the flow closed is its share of it.
    const bool anew = kept.wheel == kClosed && (delta.first_tcp_flags & VDT_TCP_SYN);
    if (first > kept.flow.last && (anew || ends_before(kept, first))) {
      end(found.number, kept.wheel == kClosed ? FlowEnd::kClosed : FlowEnd::kIdle);
      found = {};
    }
  }
  const bool created = found.number == 0;
  if (created) found = create(key, hash, first);

  TableEntry& entry = entries_[found.number];
  Flow& flow = entry.flow;
  if (key.protocol == VDT_IP_TCP) settle_initiator(entry, found.side, delta.first_tcp_flags);
  // Records come in any order, and a side has as many of them as CPUs saw it. Only when a record is new:
  // later the wall clock may have been set, and all times with it.
  if (delta.begins && !created && found.side == kResponder && first < flow.first &&
      !(flow.marks & kInitiatorKnown)) {
    turn_round(entry);
    found.side = kInitiator;
  }
  if (created && (delta.outer != nullptr || key.tunnel_id != delta.key->tunnel_id))
    keep_tunnel(entry, found.side, delta.key->tunnel_id, delta.outer);

  if (delta.min_length != 0) count_lengths(flow, delta.min_length, delta.max_length);
  flow.sent[found.side].packets += delta.packets;
  flow.sent[found.side].bytes += delta.bytes;
  flow.first = std::min(flow.first, first);
  flow.last = std::max(flow.last, last);
  flow.tcp_flags[found.side] |= delta.tcp_flags;
  add_saturating(flow.retransmits[found.side], delta.retransmits);
  add_saturating(flow.out_of_order, delta.out_of_order);
  add_saturating(flow.zero_windows, delta.zero_windows);
  add_saturating(flow.resets, delta.resets);
  if (delta.handshake_us != 0) flow.handshake_rtt_us = delta.handshake_us;
  if (delta.verdict == VDT_VERDICT_DROP)
    flow.verdict = delta.verdict;  // others say how it is asked, not what is done
  close_if_over(found.number);
  report_if_due(entry);
  return {&flow, found.side, created};
}

void FlowTable::report_if_due(TableEntry& entry) {
  if (options_.report_every == Nanoseconds{}) return;
  const Nanoseconds age = entry.flow.last - entry.flow.first;
  if (age - std::chrono::seconds(entry.flow.reported_s) < options_.report_every) return;
  entry.flow.reported_s = static_cast<std::uint32_t>(age / std::chrono::seconds(1));
  tell(entry, FlowEnd::kReport);
}

void FlowTable::advance(Nanoseconds now) {
  keep_time(std::clamp(now, kEarliest, kLatest), index_.size() + kLookedAtAPacket);
}

void FlowTable::finish() {
  // By number, as they came and as they lie in memory, they are nearly in order.
  std::vector<bool> live(entries_.highest() + 1);
  index_.for_each([&](std::uint32_t number) { live[number] = true; });
  std::vector<std::pair<Nanoseconds, std::uint32_t>> by_first;
  by_first.reserve(index_.size());
  for (std::uint32_t number = 1; number < live.size(); number++)
    if (live[number]) by_first.emplace_back(entries_[number].flow.first, number);
  if (!std::ranges::is_sorted(by_first)) std::ranges::sort(by_first);
  for (const auto& [first, number] : by_first) tell(entries_[number], FlowEnd::kFinished);
  forget_all();
}

void FlowTable::forget_all() {
  index_.clear();
  entries_.clear();
  tracking_.clear();
  for (IdleWheel& wheel : wheels_) wheel.clear();
  facts_.clear();
  tunnels_.clear();
}

FlowTable::Place FlowTable::place_of(const vdt_flow_key& key) {
  vdt_flow_key folded = key;
  forget_one_way_id(folded);
  const Found found = look_up(folded, folded_hash(folded, seed_));
  if (found.number == 0) return {};
  return {&entries_[found.number].flow, found.side, false};
}

FlowFacts& FlowTable::facts(const Flow& flow) {
  const Found found = look_up(flow.key, folded_hash(flow.key, seed_));
  assert(found.number != 0);
  TableEntry& entry = entries_[found.number];
  entry.beside |= kHasFacts;
  return facts_[&entry.flow];
}

void FlowTable::for_each(const std::function<void(const FlowView&)>& visit) const {
  index_.for_each([&](std::uint32_t number) { visit(view_of(entries_[number], FlowEnd::kReport)); });
}

void FlowTable::name_interface(std::uint32_t ifindex, std::string_view name) {
  std::string& kept = interface_names_[ifindex];
  if (kept != name) kept = name;
}

void FlowTable::tell(const TableEntry& entry, FlowEnd why) const {
  if (sink_) sink_(view_of(entry, why));
}

FlowView FlowTable::view_of(const TableEntry& entry, FlowEnd why) const {
  FlowView view{entry.flow, nullptr, nullptr, {}, why};
  if (entry.beside & kHasFacts) view.facts = &facts_.at(&entry.flow);
  if (entry.beside & kHasTunnel) view.tunnel = &tunnels_.at(&entry.flow);
  if (const auto name = interface_names_.find(entry.flow.key.ifindex); name != interface_names_.end())
    view.interface_name = name->second;
  return view;
}

FlowCounters FlowTable::counters() const {
  FlowCounters counters = counters_;
  counters.fragments_unknown = fragments_.unknown();
  return counters;
}

std::size_t FlowTable::memory() const {
  return entries_.memory() + index_.memory() + tracking_.memory() + fragments_.memory();
}

}  // namespace vedette
