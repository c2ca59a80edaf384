#include "detect/contact_tracker.h"

#include <algorithm>
#include <optional>

#include "detect/bounded_table.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr std::uint8_t kControl = VDT_TCP_FIN | VDT_TCP_SYN | VDT_TCP_RST | VDT_TCP_PSH | VDT_TCP_ACK | 0x20;

// Ports that traceroute asks, one a probe: IANA's 33434 and as many hops and probes as it tries by default,
// thirty and three.
constexpr std::uint16_t kTraceroute = 33'434;
constexpr std::uint16_t kTracerouteProbes = 90;

// A frame without data: Ethernet, a tag, IPv6, and TCP with options that a SYN has.
constexpr std::uint32_t kBareFrame = 14 + 4 + 40 + 40;

// Segments of a client that connects and gives up: SYN, ACK, and FIN or RST.
constexpr std::uint64_t kGivesUpWithin = 3;

// Packets of one side within which a flow says that it goes on.
constexpr std::uint64_t kGoesOnWithin = 8;

bool is_one_host(const vdt_address& address, std::uint8_t ip_version) {
  if (ip_version == 6) return address.bytes[0] != 0xff && (address.halves[0] | address.halves[1]) != 0;
  return address.bytes[0] != 0 && address.bytes[0] < 224;  // 224/4 is multicast, 240/4 holds the broadcast
}

// The technique of a flow's first segment; nothing where it doesn't ask.
std::optional<Technique> technique_of(const FlowStep& step) {
  const unsigned flags = step.flow.tcp_flags[kInitiator] & kControl;
  if (flags & VDT_TCP_SYN) {
    const vdt_packet* packet = step.packet;
    const bool has_options = packet && (packet->core.facts & VDT_FACT_TCP_OPTIONS);
    const bool raw = packet && (!has_options || !(packet->tcp_options.seen & ~1U));
    return raw ? Technique::kRawSyn : Technique::kSyn;
  }
  if (step.flow.sent[kInitiator].packets > step.packets || step.packets > 1) return {};
  if (flags == 0) return Technique::kNull;
  if (flags == VDT_TCP_FIN) return Technique::kFin;
  if (!(flags & (VDT_TCP_ACK | VDT_TCP_RST))) return Technique::kXmas;
  // A server whose client is gone asks for the client's port in the same way; scans ask from a high port.
  if (step.flow.key.dst_port >= step.flow.key.src_port || step.max_length > kBareFrame) return {};
  if (flags == VDT_TCP_ACK) return Technique::kAck;
  if (flags == (VDT_TCP_FIN | VDT_TCP_ACK)) return Technique::kMaimon;
  return {};
}

bool is_echo_request(const vdt_packet& packet) {
  return (packet.core.facts & VDT_FACT_ICMP) &&
         packet.core.icmp_type == (packet.core.key.ip_version == 6 ? 128 : 8);
}

std::optional<Technique> technique_of_any(const FlowStep& step) {
  const vdt_flow_key& key = step.flow.key;
  if (key.protocol == VDT_IP_TCP && has_ports(step.flow)) return technique_of(step);
  if (key.protocol == VDT_IP_UDP && has_ports(step.flow)) {
    const bool traced = key.dst_port >= kTraceroute && key.dst_port < kTraceroute + kTracerouteProbes;
    return traced ? std::nullopt : std::optional(Technique::kUdp);
  }
  return {};
}

bool is_first_of_side(const FlowStep& step) {
  return step.flow.sent[step.side].packets == step.packets;
}

// RFC 792, RFC 4443.
bool is_unreachable(const vdt_packet_core& core) {
  return core.icmp_type == (core.key.ip_version == 6 ? 1 : 3);
}
bool is_time_exceeded(const vdt_packet_core& core) {
  return core.icmp_type == (core.key.ip_version == 6 ? 3 : 11);
}

}  // namespace

void ContactTracker::take(const FlowStep& step) {
  now_ = std::max(now_, step.last);
  if (step.side == kResponder) {
    if (is_first_of_side(step)) take_answer(step);
    return;
  }
  if (is_first_of_side(step))
    if (const auto technique = technique_of_any(step)) begin(step, *technique);
  if (step.flow.key.protocol != VDT_IP_TCP) return;
  const bool unanswered = step.flow.sent[kResponder].packets == 0;
  if (unanswered && step.flow.sent[kInitiator].packets <= kGoesOnWithin) take_more(step);
  if (step.tcp_flags & (VDT_TCP_RST | VDT_TCP_FIN)) take_end(step);
}

void ContactTracker::look(const FlowStep& step) {
  if (step.begins && step.side == kInitiator && is_echo_request(*step.packet)) begin(step, Technique::kEcho);
}

void ContactTracker::take(const Packet& packet) {
  const vdt_packet& facts = *packet.facts;
  if (!(facts.core.facts & VDT_FACT_QUOTED)) return;
  vdt_flow_key key{};
  key.src = facts.quoted.src;
  key.dst = facts.quoted.dst;
  key.src_port = facts.quoted.src_port;
  key.dst_port = facts.quoted.dst_port;
  key.protocol = facts.quoted.protocol;
  const auto contact = waiting_.find(hash_of(key));
  if (contact == waiting_.end()) return;
  if (is_unreachable(facts.core)) judge(contact, Outcome::kRefused, packet.time);
  // A path that is being traced, or is too long: it says nothing of the target.
  else if (is_time_exceeded(facts.core))
    waiting_.erase(contact);
}

void ContactTracker::end(const FlowView& view) {
  if (view.end == FlowEnd::kReport || view.flow.sent[kResponder].packets != 0) return;
  const auto contact = waiting_.find(hash_of(view.flow.key));
  if (contact == waiting_.end()) return;
  const Nanoseconds waited = now_ - contact->second.first;
  const bool settled = view.end == FlowEnd::kFinished && slowest_ != Nanoseconds{} && waited > slowest_;
  if (settled || waited >= kAnswersWithin)
    judge(contact, Outcome::kUnanswered, now_);
  else
    waiting_.erase(contact);
}

void ContactTracker::tick(Nanoseconds now) {
  now_ = std::max(now_, now);
  while (!queue_.empty() && now - queue_.front().second >= kAnswersWithin) {
    const auto contact = waiting_.find(queue_.front().first);
    if (contact != waiting_.end() && contact->second.first == queue_.front().second)
      judge(contact, Outcome::kUnanswered, now);
    queue_.pop_front();
  }
}

void ContactTracker::begin(const FlowStep& step, Technique technique) {
  const vdt_flow_key& key = step.flow.key;
  if (step.packet && step.packet->core.malformed) return;
  if (!is_one_host(key.dst, key.ip_version) || !is_one_host(key.src, key.ip_version)) return;
  const Contact contact{.source = key.src,
                        .target = key.dst,
                        .port = technique == Technique::kEcho ? std::uint16_t{0} : key.dst_port,
                        .ip_version = key.ip_version,
                        .protocol = key.protocol,
                        .technique = technique,
                        .outcome = Outcome::kUnanswered,
                        .first = step.last,
                        .now = step.last,
                        .packets = step.packets,
                        .bytes = step.bytes};
  // No host begins so, whatever is answered: an open port answers nothing.
  const bool probes = is_stealthy(technique);
  // Live, both may be known at once: the later step of one of them settles it.
  const bool went_on =
      (step.flow.tcp_flags[kInitiator] & (VDT_TCP_SYN | VDT_TCP_ACK)) == (VDT_TCP_SYN | VDT_TCP_ACK);
  const bool answered = step.flow.sent[kResponder].packets != 0;
  if (probes || went_on) {
    Contact settled = contact;
    settled.outcome = probes ? Outcome::kUnanswered : Outcome::kAnswered;
    sink_(settled);
    return;
  }
  if (queue_.size() == kMostWaiting) {
    const auto oldest = waiting_.find(queue_.front().first);
    if (oldest != waiting_.end() && oldest->second.first == queue_.front().second) waiting_.erase(oldest);
    queue_.pop_front();
  }
  const std::uint64_t hash = hash_of(key);
  if (!waiting_.try_emplace(hash, contact).second) return;
  queue_.emplace_back(hash, step.last);
  if (answered) take_answer(step);
}

void ContactTracker::take_answer(const FlowStep& step) {
  const auto contact = waiting_.find(hash_of(step.flow.key));
  if (contact == waiting_.end()) return;
  const unsigned flags = step.flow.tcp_flags[kResponder];
  const bool tcp = step.flow.key.protocol == VDT_IP_TCP;
  const bool opens =
      contact->second.technique == Technique::kSyn || contact->second.technique == Technique::kRawSyn;
  if (!tcp || (opens && (flags & VDT_TCP_SYN)))
    judge(contact, Outcome::kAnswered, step.last);
  else if (flags & VDT_TCP_RST)
    judge(contact, Outcome::kRefused, step.last);
  else
    waiting_.erase(contact);  // a connection whose begin wasn't seen
}

// The initiator sends again, and no answer was seen.
void ContactTracker::take_more(const FlowStep& step) {
  if (is_first_of_side(step)) return;
  const auto contact = waiting_.find(hash_of(step.flow.key));
  if (contact == waiting_.end()) return;
  contact->second.packets += step.packets;
  contact->second.bytes += step.bytes;
  if (!(step.flow.tcp_flags[kInitiator] & VDT_TCP_ACK)) return;
  const bool opened = step.flow.tcp_flags[kInitiator] & VDT_TCP_SYN;
  if (opened)
    judge(contact, Outcome::kAnswered, step.last);
  else
    waiting_.erase(contact);
}

void ContactTracker::take_end(const FlowStep& step) {
  const Flow& flow = step.flow;
  const unsigned asked = flow.tcp_flags[kInitiator];
  const bool one_sided = flow.sent[kResponder].packets == 0;
  if (!(asked & VDT_TCP_SYN) || !(one_sided || (flow.tcp_flags[kResponder] & VDT_TCP_SYN))) return;
  const bool half_open = !(asked & VDT_TCP_ACK) && (asked & VDT_TCP_RST);
  if (!half_open && (flow.sent[kInitiator].packets > kGivesUpWithin || flow.max_length > kBareFrame)) return;
  if (one_sided)
    if (const auto contact = waiting_.find(hash_of(flow.key)); contact != waiting_.end())
      judge(contact, Outcome::kAnswered, step.last);
  sink_({.source = flow.key.src,
         .target = flow.key.dst,
         .port = flow.key.dst_port,
         .ip_version = flow.key.ip_version,
         .protocol = flow.key.protocol,
         .technique = half_open ? Technique::kRawSyn : Technique::kSyn,
         .outcome = half_open ? Outcome::kHalfOpen : Outcome::kGivenUp,
         .first = flow.first,
         .now = step.last,
         .packets = step.packets,
         .bytes = step.bytes});
}

void ContactTracker::judge(Waiting::iterator waiting, Outcome outcome, Nanoseconds now) {
  Contact contact = waiting->second;
  waiting_.erase(waiting);
  contact.outcome = outcome;
  contact.now = std::max(now, contact.first);
  if (outcome != Outcome::kUnanswered) slowest_ = std::max(slowest_, contact.now - contact.first);
  sink_(contact);
}

std::uint64_t ContactTracker::hash_of(const vdt_flow_key& key) const {
  const std::uint64_t ports =
      static_cast<std::uint64_t>(key.src_port) << 32 | key.dst_port << 8 | key.protocol;
  return mixed(mixed(key.src) ^ seed_, mixed(mixed(key.dst), ports ^ seed_));
}

std::size_t ContactTracker::memory() const {
  return waiting_.size() * (sizeof(Contact) + 4 * sizeof(void*)) + waiting_.bucket_count() * sizeof(void*) +
         queue_.size() * sizeof(queue_.front());
}

}  // namespace vedette
