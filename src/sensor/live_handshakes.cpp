#include "sensor/live_handshakes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "flow/flow_filter.h"
#include "flow/key_fold.h"
#include "handshake/handshake_json.h"
#include "packet/names.h"
#include "packet/parse.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// What the kernel saw of a direction before its first payload, as the segment that would say it: a SYN, or
// where none was seen the segment before.
vdt_packet opening_of(const vdt_packet& facts, const vdt_first_packet& event) {
  const bool syn = (event.first_flags & VDT_TCP_SYN) != 0;
  vdt_packet opening = facts;
  opening.core.tcp_flags = syn ? event.first_flags : std::uint8_t{VDT_TCP_ACK};
  opening.core.tcp_seq = event.begin_seq - (syn ? 1 : 0);
  opening.core.payload_offset = 0;
  opening.core.payload_length = 0;
  return opening;
}

}  // namespace

struct LiveHandshakes::Wanted {
  FlowFilter filter;
  std::uint64_t left = 0;  // handshakes still to tell; meaningful where `counted`
  bool counted = false;
  std::uint64_t number = 0;
  std::shared_ptr<LiveHandshakeStream::Queue> queue;
};

LiveHandshakes::LiveHandshakes(FlowTable& flows, FlowCache& cache, const FlowCache::Told& grown,
                               const WallClock& clock, HandshakeOptions options, Seen seen,
                               HandshakeTracker::Sink also)
    : flows_(flows),
      cache_(cache),
      grown_(grown),
      clock_(clock),
      seen_(std::move(seen)),
      also_(std::move(also)),
      tracker_(options, [this](const HandshakeView& handshake) { tell(handshake); }) {}

LiveHandshakes::~LiveHandshakes() = default;

Result<void> LiveHandshakes::open(PacketPrograms& programs, const FirstBytesOptions& options) {
  auto first_bytes = FirstBytes::open(programs, options);
  if (!first_bytes) return std::unexpected(first_bytes.error());
  first_bytes_ = std::move(*first_bytes);
  return {};
}

void LiveHandshakes::close() {
  first_bytes_.reset();
  while (!streams_.empty()) forget(streams_.back()->number);
}

bool LiveHandshakes::drain(const std::function<void(std::uint64_t time_ns)>& before) {
  constexpr std::size_t kAtOnce = 1024;  // packets: some milliseconds of decoding under the lock
  if (!first_bytes_) return false;
  return first_bytes_->drain(
      [&](const vdt_first_packet& event, std::span<const std::uint8_t> bytes) {
        before(event.time_ns);
        take(event, bytes);
      },
      kAtOnce);
}

void LiveHandshakes::take(const vdt_first_packet& event, std::span<const std::uint8_t> bytes) {
  vdt_packet facts;
  parse_packet(LinkType::kEthernet, bytes, event.length, facts);
  facts.core.key.ifindex = event.ifindex;
  facts.core.direction = event.direction;
  const FlowTable::Place place = place_of(event, facts.core.key);
  Packet packet{.time = clock_.at(event.time_ns),
                .interface_name = {},
                .segments = event.segments,
                .bytes = bytes,
                .facts = &facts,
                .verdict = verdict_name(event.verdict)};
  seen_(packet, place);
  if (event.begins && (facts.core.facts & VDT_FACT_TCP)) {
    const vdt_packet opening = opening_of(facts, event);
    packet.facts = &opening;
    tracker_.add(packet, place);
    packet.facts = &facts;
  }
  tracker_.add(packet, place);
}

FlowTable::Place LiveHandshakes::place_of(const vdt_first_packet& event, const vdt_flow_key& key) {
  // A direction's first payload may be a new connection's on an old one's addresses and ports.
  if (event.begins) cache_.look_at(event.slot, grown_);
  FlowTable::Place place = flows_.place_of(key);
  if (place.flow == nullptr && !event.begins) {
    cache_.look_at(event.slot, grown_);
    place = flows_.place_of(key);
  }
  if (place.flow == nullptr || !event.begins || (place.flow->marks & kInitiatorKnown)) return place;
  // Who began is told by the other direction's record, where the server speaks first.
  vdt_flow_key other = reversed(key);
  other.direction = event.direction == VDT_DIRECTION_IN ? VDT_DIRECTION_OUT : VDT_DIRECTION_IN;
  cache_.look_for(other, grown_);
  return flows_.place_of(key);
}

void LiveHandshakes::tell(const HandshakeView& handshake) {
  names_.learn(handshake.handshake.addresses, handshake.time);
  also_(handshake);
  std::string json;
  std::erase_if(streams_, [&](const std::shared_ptr<Wanted>& wanted) {
    if (!wanted->filter.matches(handshake.flow)) return false;
    if (json.empty()) {
      fmt::memory_buffer text;
      JsonWriter writer(text);
      write_handshake(writer, handshake);
      json = fmt::to_string(text);
    }
    wanted->queue->put({.id = 0, .json = json});
    if (!wanted->counted || --wanted->left != 0) return false;
    wanted->queue->end();
    queue_lost_before_ += wanted->queue->dropped_attended();
    return true;
  });
}

Result<std::shared_ptr<LiveHandshakes::Wanted>> LiveHandshakes::prepare(const HandshakeQuery& query) {
  auto filter = FlowFilter::compile(query.filter);
  if (!filter) return std::unexpected(filter.error());
  return std::make_shared<Wanted>(Wanted{std::move(*filter), query.count, query.count != 0, 0, nullptr});
}

std::unique_ptr<HandshakeStream> LiveHandshakes::stream(std::shared_ptr<Wanted> wanted,
                                                        std::function<void(std::uint64_t)> forget) {
  wanted->number = next_stream_++;
  auto stream = std::make_unique<LiveHandshakeStream>(
      [forget = std::move(forget), number = wanted->number] { forget(number); });
  wanted->queue = stream->queue();
  streams_.push_back(std::move(wanted));
  return stream;
}

void LiveHandshakes::forget(std::uint64_t stream) {
  const auto found = std::ranges::find(streams_, stream, [](const auto& one) { return one->number; });
  if (found == streams_.end()) return;
  (*found)->queue->end();
  queue_lost_before_ += (*found)->queue->dropped_attended();
  streams_.erase(found);
}

void LiveHandshakes::add_losses(Losses& losses, const vdt_first_counters& kernel) const {
  std::uint64_t queue_lost = queue_lost_before_;
  for (const auto& one : streams_) queue_lost += one->queue->dropped_attended();
  losses.add(LossReason::kFirstBytesOverBudget, kernel.over_budget);
  losses.add(LossReason::kFirstBytesRingFull, kernel.ring_full);
  losses.add(LossReason::kHandshakeGivenUp, tracker_.counters().given_up);
  losses.add(LossReason::kHandshakeQueueFull, queue_lost);
  losses.add(LossReason::kNameTableFull, names_.given_up());
}

}  // namespace vedette
