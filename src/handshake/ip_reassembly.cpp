#include "handshake/ip_reassembly.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "packet/parse.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr std::uint32_t kLargestDatagram = 65535;  // bytes
// What a piece costs beside its bytes, and a datagram beside itself: their places in the indexes.
constexpr std::size_t kPieceBytes = 96;
constexpr std::size_t kNodeBytes = 192;

std::uint16_t be16_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

void put_be16(std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

// Stands before the fragment header, in each fragment anew (RFC 8200 §4.5).
bool stands_before_fragment(std::uint8_t header) {
  return header == VDT_IP_HOP_BY_HOP || header == VDT_IP_ROUTING || header == VDT_IP_DESTINATION_OPTIONS;
}

}  // namespace

IpReassembly::IpReassembly(ReassemblyOptions options, Sink whole, Sink alone)
    : options_(options), whole_(std::move(whole)), alone_(std::move(alone)) {}

bool IpReassembly::Name::operator<(const Name& other) const {
  if (id != other.id) return id < other.id;
  return std::memcmp(&key, &other.key, sizeof(key)) < 0;
}

std::optional<IpReassembly::Parts> IpReassembly::parts_of_ipv6(std::span<const std::uint8_t> packet) {
  if (packet.size() < 40) return std::nullopt;
  Parts parts{.header = {}, .next_at = 6, .next = packet[6], .data = {}};
  std::size_t at = 40;
  while (stands_before_fragment(parts.next)) {
    if (at + 8 > packet.size()) return std::nullopt;
    parts.next_at = at;
    parts.next = packet[at];
    at += (std::size_t{packet[at + 1]} + 1) * 8;
  }
  const std::size_t end = 40 + std::size_t{be16_at(packet, 4)};
  if (parts.next != VDT_IP_FRAGMENT || at + 8 > packet.size() || at + 8 > end) return std::nullopt;
  parts.header = packet.first(at);
  parts.next = packet[at];
  parts.data = packet.first(std::min(packet.size(), end)).subspan(at + 8);
  parts.cut = packet.size() < end;
  return parts;
}

std::optional<IpReassembly::Parts> IpReassembly::parts_of(const Packet& fragment) {
  const vdt_packet_core& core = fragment.facts->core;
  if (core.network_offset >= fragment.bytes.size()) return std::nullopt;
  const auto packet = fragment.bytes.subspan(core.network_offset);
  if (core.key.ip_version == 6) return parts_of_ipv6(packet);
  if (packet.size() < 20) return std::nullopt;
  const std::size_t header = std::size_t{packet[0] & 15U} * 4, end = be16_at(packet, 2);
  if (header < 20 || header > packet.size() || header > end) return std::nullopt;
  return Parts{.header = packet.first(header),
               .next = packet[9],
               .data = packet.first(std::min(packet.size(), end)).subspan(header),
               .cut = packet.size() < end};
}

IpReassembly::Name IpReassembly::name_of(const vdt_packet_core& core, const Parts& parts) {
  Name name{.key = core.key, .id = core.fragment_id};
  name.key.src_port = 0;
  name.key.dst_port = 0;
  name.key.protocol = core.key.ip_version == 4 ? parts.next : 0;
  return name;
}

IpReassembly::Queue::iterator IpReassembly::datagram_of(const Name& name, Nanoseconds now) {
  const auto [found, created] = by_name_.try_emplace(name);
  if (created) {
    Datagram& datagram = queue_.emplace_back();
    datagram.name = name;
    datagram.began = now;
    found->second = std::prev(queue_.end());
  }
  return found->second;
}

void IpReassembly::keep_first(Queue::iterator datagram, const Packet& fragment, const void* owner) {
  datagram->owner = owner;
  datagram->frame.assign(fragment.bytes.begin(), fragment.bytes.end());
  datagram->facts = *fragment.facts;
  datagram->segments = fragment.segments;
  datagram->time = fragment.time;
  if (owner != nullptr) by_owner_.emplace(owner, datagram);
}

bool IpReassembly::insert(Datagram& datagram, std::uint32_t begin, bool last,
                          std::span<const std::uint8_t> data) {
  constexpr std::uint32_t kUnit = 8;  // of offsets, bytes
  const auto end = begin + static_cast<std::uint32_t>(data.size());
  if (end > kLargestDatagram || (!last && end % kUnit != 0)) return false;
  if (const auto same = datagram.pieces.find(begin); same != datagram.pieces.end())
    return std::ranges::equal(same->second, data) && (!last || datagram.end == end);
  const auto behind = datagram.pieces.lower_bound(begin);
  if (behind != datagram.pieces.end() && (last || behind->first < end)) return false;
  if (behind != datagram.pieces.begin()) {
    const auto before = std::prev(behind);
    if (before->first + before->second.size() > begin) return false;
  }
  if (datagram.end && (last || end > *datagram.end)) return false;
  if (last) datagram.end = end;
  datagram.pieces.emplace_hint(behind, begin, std::vector(data.begin(), data.end()));
  datagram.filled += end - begin;
  return true;
}

void IpReassembly::add(const Packet& fragment, const void* owner) {
  expire(fragment.time);
  const vdt_packet_core& core = fragment.facts->core;
  const bool first = core.fragment == VDT_FRAGMENT_FIRST;
  const auto parts = parts_of(fragment);
  if (!parts) {
    if (first) alone_(fragment);
    return;
  }
  const auto datagram = datagram_of(name_of(core, *parts), fragment.time);
  if (datagram->state == State::kAlone && first) alone_(fragment);
  if (datagram->state != State::kOpen) return;
  if (first && datagram->frame.empty()) keep_first(datagram, fragment, owner);
  if (parts->cut) {
    counters_.cut++;
    return close(datagram, State::kAlone);
  }
  if (!insert(*datagram, core.fragment_offset, core.fragment == VDT_FRAGMENT_LAST, parts->data)) {
    counters_.refused++;
    return close(datagram, State::kRefused);
  }
  if (datagram->end && datagram->filled == *datagram->end) return tell_whole(take(datagram), fragment);
  count_memory(*datagram);
  while (held_ > options_.all_bytes && !queue_.empty()) {
    counters_.given_up += queue_.front().state == State::kOpen;
    tell_alone(take(queue_.begin()));
  }
}

// The header is the first fragment's, as RFC 8200 §4.5 says; of IPv4 too, whose options may stand there
// alone.
std::vector<std::uint8_t> IpReassembly::join(const Datagram& datagram) {
  const Packet first{.interface_name = {}, .bytes = datagram.frame, .facts = &datagram.facts, .verdict = {}};
  const auto parts = parts_of(first);
  std::vector<std::uint8_t> whole(parts->header.begin(), parts->header.end());
  for (const auto& [begin, piece] : datagram.pieces) whole.insert(whole.end(), piece.begin(), piece.end());
  if (datagram.facts.core.key.ip_version == 6) {
    whole[parts->next_at] = parts->next;
    put_be16(whole, 4, whole.size() - 40);
  } else {
    put_be16(whole, 2, whole.size());
    put_be16(whole, 6, 0);
  }
  return whole;
}

void IpReassembly::tell_whole(const Datagram& datagram, const Packet& last) {
  const std::uint32_t header =
      datagram.facts.core.key.ip_version == 6 ? 40 : 0;  // IPv6's length is without it
  const std::vector<std::uint8_t> bytes = join(datagram);
  if (bytes.size() > kLargestDatagram + header) {
    counters_.refused++;
    return;
  }
  counters_.whole++;
  vdt_packet facts;
  parse_datagram(bytes, datagram.facts, facts);
  Packet whole = last;
  whole.segments = 1;
  whole.bytes = bytes;
  whole.facts = &facts;
  whole_(whole);
}

void IpReassembly::tell_alone(const Datagram& datagram) {
  if (datagram.state != State::kOpen || datagram.frame.empty()) return;
  alone_({.time = datagram.time,
          .interface_name = {},
          .segments = datagram.segments,
          .bytes = datagram.frame,
          .facts = &datagram.facts,
          .verdict = {}});
}

void IpReassembly::count_memory(Datagram& datagram) {
  const std::size_t now = sizeof(Datagram) + kNodeBytes + datagram.frame.size() + datagram.filled +
                          datagram.pieces.size() * kPieceBytes;
  held_ += now - datagram.held;
  datagram.held = now;
}

// Keeps its name alone, so that what still comes of it is known.
void IpReassembly::close(Queue::iterator datagram, State state) {
  if (state == State::kAlone) tell_alone(*datagram);
  datagram->state = state;
  datagram->frame = {};
  datagram->pieces.clear();
  datagram->filled = 0;
  count_memory(*datagram);
}

IpReassembly::Datagram IpReassembly::take(Queue::iterator datagram) {
  held_ -= datagram->held;
  by_name_.erase(datagram->name);
  if (datagram->owner != nullptr) {
    const auto [begin, end] = by_owner_.equal_range(datagram->owner);
    by_owner_.erase(std::find_if(begin, end, [&](const auto& one) { return one.second == datagram; }));
  }
  Datagram taken = std::move(*datagram);
  queue_.erase(datagram);
  return taken;
}

void IpReassembly::expire(Nanoseconds now) {
  while (!queue_.empty() && now - queue_.front().began > options_.wait) {
    counters_.expired += queue_.front().state == State::kOpen;
    tell_alone(take(queue_.begin()));
  }
}

void IpReassembly::give_up(const void* owner) {
  for (auto found = by_owner_.find(owner); found != by_owner_.end(); found = by_owner_.find(owner)) {
    counters_.expired += found->second->state == State::kOpen;
    tell_alone(take(found->second));
  }
}

void IpReassembly::finish() {
  while (!queue_.empty()) {
    counters_.expired += queue_.front().state == State::kOpen;
    tell_alone(take(queue_.begin()));
  }
}

}  // namespace vedette
