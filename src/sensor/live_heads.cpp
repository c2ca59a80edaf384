#include "sensor/live_heads.h"

#include <utility>

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
  if (!heads_) return false;
  take_early();
  const std::size_t room = std::exchange(room_, kAtOnce);
  return room == 0 || heads_->drain([this](const vdt_packet_head& head,
                                           std::span<const std::uint8_t> bytes) { take(head, bytes); },
                                    room);
}

void LiveHeads::drain_until(std::uint64_t time_ns) {
  const auto take_or_keep = [&](const vdt_packet_head& head, std::span<const std::uint8_t> bytes) {
    if (head.time_ns <= time_ns)
      take(head, bytes);
    else
      early_ = {head, {bytes.begin(), bytes.end()}};
  };
  if (!heads_ || (early_ && early_->head.time_ns > time_ns)) return;
  take_early();
  for (bool more = true; more && room_ > 0 && !early_; room_--) more = heads_->drain(take_or_keep, 1);
}

void LiveHeads::take_early() {
  if (const auto early = std::exchange(early_, std::nullopt)) take(early->head, early->bytes);
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
