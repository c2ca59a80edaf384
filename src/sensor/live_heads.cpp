#include "sensor/live_heads.h"

#include "packet/names.h"
#include "packet/parse.h"

namespace vedette {

Result<void> LiveHeads::open(PacketPrograms& programs, const PacketHeadOptions& options) {
  auto heads = PacketHeads::open(programs, options);
  if (!heads) return std::unexpected(heads.error());
  heads_ = std::move(*heads);
  return {};
}

bool LiveHeads::drain() {
  constexpr std::size_t kAtOnce = 1024;  // packets: some milliseconds of detectors under the lock
  if (!heads_) return false;
  return heads_->drain(
      [this](const vdt_packet_head& head, std::span<const std::uint8_t> bytes) { take(head, bytes); },
      kAtOnce);
}

void LiveHeads::take(const vdt_packet_head& head, std::span<const std::uint8_t> bytes) {
  vdt_packet facts;
  parse_packet(LinkType::kEthernet, bytes, head.length, facts);
  facts.core.key.ifindex = head.ifindex;
  facts.core.direction = head.direction;
  FlowTable::Place place;
  if (head.slot != VDT_NO_SLOT) {
    cache_.look_at(head.slot, grown_);
    place = flows_.place_of(facts.core.key);
    place.created = head.why == VDT_HEAD_BEGINS;
  }
  sink_({.time = clock_.at(head.time_ns),
         .interface_name = {},
         .segments = head.segments,
         .bytes = bytes,
         .facts = &facts,
         .verdict = verdict_name(head.verdict)},
        place);
}

}  // namespace vedette
