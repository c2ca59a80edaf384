#include "sensor/live_history.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vedette {

namespace {

// Long flows whose reports are told: a hundred bytes each. Of more, all is told at their end.
constexpr std::size_t kMostLong = 200'000;
constexpr Nanoseconds kSecond = std::chrono::seconds(1);
// A flow that has been idle for longer has ended, and its row was written.
constexpr Nanoseconds kLongestUntold = std::chrono::minutes(15);
// By how much the wall clock of a flow's begin may differ from one sensor to the next.
constexpr Nanoseconds kSameBegin = std::chrono::seconds(2);

std::uint64_t fold(const vdt_address& address, std::uint16_t port) {
  return address.halves[0] * 0x9e3779b97f4a7c15 + address.halves[1] * 0xc2b2ae3d27d4eb4f + port;
}

// The same for both directions.
std::size_t ends_hash(const vdt_address& src, std::uint16_t src_port, const vdt_address& dst,
                      std::uint16_t dst_port, std::uint8_t protocol) {
  return std::hash<std::uint64_t>{}(fold(src, src_port) + fold(dst, dst_port) + protocol);
}

bool same(const vdt_address& one, const vdt_address& other) {
  return std::memcmp(one.bytes, other.bytes, sizeof(one.bytes)) == 0;
}

template <std::size_t N>
void set(std::array<char, N>& field, std::string_view text, std::size_t most) {
  std::ranges::copy(text.substr(0, most), field.begin());
}

void set_places(FlowRow& row, const Flow& flow, const GeoDatabases& places) {
  const GeoPlace src = places.find(flow.key.src, flow.key.ip_version);
  const GeoPlace dst = places.find(flow.key.dst, flow.key.ip_version);
  if (src.country.size() == row.src_country.size()) set(row.src_country, src.country, row.src_country.size());
  if (dst.country.size() == row.dst_country.size()) set(row.dst_country, dst.country, row.dst_country.size());
  row.src_asn = src.asn;
  row.dst_asn = dst.asn;
}

void set_texts(FlowRow& row, const FlowView& view, const FlowEnds& ends) {
  FlowTexts texts;
  if (view.facts != nullptr && view.facts->process) {
    row.pid = view.facts->process->pid;
    texts.process = view.facts->process->name;
    texts.cgroup = view.facts->process->cgroup;
  }
  if (ends.names != nullptr && !ends.names->empty()) {
    const vdt_flow_key& key = view.flow.key;
    texts.src_name = ends.names->find(key.src, key.ip_version, view.flow.first);
    texts.dst_name = ends.names->find(key.dst, key.ip_version, view.flow.first);
  }
  if (!texts.process.empty() || !texts.cgroup.empty() || !texts.src_name.empty() || !texts.dst_name.empty())
    row.texts = std::make_unique<FlowTexts>(std::move(texts));
}

// All but the counts.
FlowRow row_of(const FlowView& view, const FlowEnds& ends) {
  const Flow& flow = view.flow;
  FlowRow row;
  row.src = flow.key.src;
  row.dst = flow.key.dst;
  row.first = flow.first;
  row.time = flow.last;
  row.src_port = flow.key.src_port;
  row.dst_port = flow.key.dst_port;
  row.has_ports = has_ports(flow);
  row.vlan = flow.key.vlan[0];
  row.protocol = flow.key.protocol;
  row.ip_version = flow.key.ip_version;
  row.tunnel = flow.key.tunnel_type;
  row.state = static_cast<std::uint8_t>(flow_state(flow));
  row.verdict = flow.verdict;
  row.spoken = flow.spoken;
  row.fingerprint = flow.fingerprint;
  row.ends = view.end != FlowEnd::kReport;
  if (row.ends) {
    row.handshake_rtt_us = flow.handshake_rtt_us;
    row.rtt_us = flow.rtt_us;
  }
  set(row.interface, view.interface_name, row.interface.size() - 1);
  if (ends.places != nullptr && !ends.places->empty()) set_places(row, flow, *ends.places);
  set_texts(row, view, ends);
  return row;
}

InterfaceRow row_of(const DirectionCounts& now, const DirectionCounts& before) {
  const auto dropped_packets = [](const DirectionCounts& counts) {
    return counts.blocked_packets + counts.rule_dropped_packets + counts.refused_packets +
           counts.unsolicited_packets + counts.protocol_dropped_packets;
  };
  const auto dropped_bytes = [](const DirectionCounts& counts) {
    return counts.blocked_bytes + counts.rule_dropped_bytes + counts.refused_bytes +
           counts.unsolicited_bytes + counts.protocol_dropped_bytes;
  };
  InterfaceRow row;
  row.packets = now.packets - before.packets;
  row.bytes = now.bytes - before.bytes;
  row.dropped_packets = dropped_packets(now) - dropped_packets(before);
  row.dropped_bytes = dropped_bytes(now) - dropped_bytes(before);
  row.lost_packets = now.lost_packets - before.lost_packets;
  return row;
}

}  // namespace

LiveHistory::Told LiveHistory::told_by(const FlowView& view) {
  const Flow& flow = view.flow;
  Told told;
  told.src = flow.key.src;
  told.src_port = flow.key.src_port;
  told.sent = flow.sent;
  told.retransmits = flow.retransmits;
  told.out_of_order = flow.out_of_order;
  told.zero_windows = flow.zero_windows;
  told.resets = flow.resets;
  if (view.facts != nullptr) {
    told.dropped_packets = view.facts->dropped_packets;
    told.dropped_bytes = view.facts->dropped_bytes;
  }
  return told;
}

LiveHistory::Told LiveHistory::as_now(const Told& told, const Flow& flow) {
  Told now = told;
  const bool same = told.src_port == flow.key.src_port &&
                    std::memcmp(told.src.bytes, flow.key.src.bytes, sizeof(told.src.bytes)) == 0;
  if (same) return now;
  std::swap(now.sent[0], now.sent[1]);
  std::swap(now.retransmits[0], now.retransmits[1]);
  return now;
}

void LiveHistory::resume(const std::function<void(const std::string&)>& note) {
  if (store_ == nullptr) return;
  const auto recent = store_->recent_flows(kLongestUntold);
  if (!recent)
    return note("history: flows that were under way may be stored twice: " + recent.error().text());
  before_since_ = recent->since;
  for (const StoredFlow& flow : recent->flows)
    before_.emplace(ends_hash(flow.src, flow.src_port, flow.dst, flow.dst_port, flow.protocol), flow);
}

std::optional<LiveHistory::Told> LiveHistory::told_before(const FlowView& view) const {
  const vdt_flow_key& key = view.flow.key;
  const auto [begin, end] =
      before_.equal_range(ends_hash(key.src, key.src_port, key.dst, key.dst_port, key.protocol));
  std::optional<Told> found;
  for (auto at = begin; at != end; ++at) {
    const StoredFlow& stored = at->second;
    const bool straight = same(stored.src, key.src) && stored.src_port == key.src_port;
    const vdt_address& peer = straight ? key.dst : key.src;
    const Nanoseconds apart = stored.first - view.flow.first;
    if (!same(stored.dst, peer) || stored.ip_version != key.ip_version || stored.vlan != key.vlan[0] ||
        view.interface_name != std::string_view(stored.interface.data()) || apart > kSameBegin ||
        apart < -kSameBegin)
      continue;
    // What is kept of all rows is packets and bytes: the rest counts on from now.
    if (!found) found = told_by(view), found->sent = {};
    std::array sent{FlowCounts{stored.packets, stored.bytes},
                    FlowCounts{stored.reply_packets, stored.reply_bytes}};
    if (!straight) std::swap(sent[0], sent[1]);
    for (std::size_t side = 0; side < sent.size(); side++) {
      found->sent[side].packets = std::max(found->sent[side].packets, sent[side].packets);
      found->sent[side].bytes = std::max(found->sent[side].bytes, sent[side].bytes);
    }
    found->ended |= stored.ended;
  }
  if (found) return found;
  if (view.flow.last >= *before_since_) return std::nullopt;
  Told told = told_by(view);
  told.ended = true;
  return told;
}

void LiveHistory::take_over(const FlowTable& flows) {
  if (!before_since_) return;
  flows.for_each([&](const FlowView& view) {
    if (auto told = told_before(view)) told_.insert_or_assign(&view.flow, *told);
  });
  before_since_.reset();
  before_.clear();
}

void LiveHistory::take(const FlowView& view, const FlowEnds& ends) {
  if (store_ == nullptr) return;
  auto known = told_.find(&view.flow);
  if (known == told_.end() && before_since_)
    if (auto told = told_before(view)) known = told_.emplace(&view.flow, *told).first;
  const bool ended = view.end != FlowEnd::kReport;
  if (!ended && known == told_.end() && told_.size() >= kMostLong) return;
  const Told before = known == told_.end() ? Told{} : as_now(known->second, view.flow);
  Told now = told_by(view);
  // While the kernel tells a flow again, it has less than its rows for a moment.
  for (std::size_t side = 0; side < now.sent.size(); side++) {
    now.sent[side].packets = std::max(now.sent[side].packets, before.sent[side].packets);
    now.sent[side].bytes = std::max(now.sent[side].bytes, before.sent[side].bytes);
  }
  FlowRow row = row_of(view, ends);
  row.begins = known == told_.end();
  row.packets = now.sent[kInitiator].packets - before.sent[kInitiator].packets;
  row.bytes = now.sent[kInitiator].bytes - before.sent[kInitiator].bytes;
  row.reply_packets = now.sent[kResponder].packets - before.sent[kResponder].packets;
  row.reply_bytes = now.sent[kResponder].bytes - before.sent[kResponder].bytes;
  row.all_packets = now.sent[kInitiator].packets;
  row.all_bytes = now.sent[kInitiator].bytes;
  row.all_reply_packets = now.sent[kResponder].packets;
  row.all_reply_bytes = now.sent[kResponder].bytes;
  row.retransmits = now.retransmits[kInitiator] - before.retransmits[kInitiator];
  row.reply_retransmits = now.retransmits[kResponder] - before.retransmits[kResponder];
  row.out_of_order = now.out_of_order - before.out_of_order;
  row.zero_windows = static_cast<std::uint16_t>(now.zero_windows - before.zero_windows);
  row.resets = static_cast<std::uint16_t>(now.resets - before.resets);
  row.dropped_packets = now.dropped_packets - before.dropped_packets;
  row.dropped_bytes = now.dropped_bytes - before.dropped_bytes;
  if (ended) {
    if (known != told_.end()) told_.erase(known);
  } else {
    told_.insert_or_assign(&view.flow, now);
  }
  // All of it was told before the sensor's start.
  if (before.ended && row.packets + row.reply_packets == 0) return;
  store_->put(std::move(row));
}

bool LiveHistory::count_is_due(Nanoseconds now) const {
  // A clock that was set back must not end the counting.
  return store_ != nullptr && (now - counted_at_ >= kSecond || now < counted_at_);
}

void LiveHistory::take_over(const std::vector<InterfaceStatus>& interfaces) {
  for (const InterfaceStatus& one : interfaces) counted_[one.ifindex] = {one.in, one.out};
}

void LiveHistory::count(const std::vector<InterfaceStatus>& interfaces, Nanoseconds now) {
  if (!count_is_due(now)) return;
  counted_at_ = now;
  for (const InterfaceStatus& one : interfaces) {
    const std::array counts{one.in, one.out};
    const auto before = std::exchange(counted_[one.ifindex], counts);
    for (std::size_t direction = 0; direction < counts.size(); direction++) {
      // Counters of an interface that came anew begin anew.
      if (counts[direction].packets <= before[direction].packets) continue;
      InterfaceRow row = row_of(counts[direction], before[direction]);
      row.time = now;
      row.direction = static_cast<std::uint8_t>(direction);
      set(row.interface, one.name, row.interface.size() - 1);
      store_->put(row);
    }
  }
}

void LiveHistory::add_losses(Losses& losses) const {
  if (store_ == nullptr) return;
  const StoreStatus status = store_->status();
  losses.add(LossReason::kStoreQueueFull, status.queue_full);
  losses.add(LossReason::kStoreUnwritten, status.unwritten);
}

}  // namespace vedette
