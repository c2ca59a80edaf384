#include "sensor/evidence_ring.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "abi/events.h"

namespace vedette {

namespace {

std::optional<KeptHead> head_of(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  if (!(core.facts & (VDT_FACT_IP | VDT_FACT_ARP))) return {};
  const std::uint8_t version = core.facts & VDT_FACT_ARP ? 4 : core.key.ip_version;
  const std::uint8_t length = Prefix::longest(version);
  return KeptHead{
      .time = packet.time,
      .source = {core.key.src, version, length},
      .target = {core.key.dst, version, length},
      .ifindex = core.key.ifindex,
      .length = core.length,
      .captured = static_cast<std::uint32_t>(std::min<std::size_t>(packet.bytes.size(), VDT_HEAD_ODD_BYTES)),
      .direction = core.direction,
      .dropped = !packet.verdict.empty()};
}

}  // namespace

// A record's place is a multiple of its alignment, and so is what is left before the memory's end.
EvidenceRing::EvidenceRing(std::size_t bytes)
    : capacity_(bytes / sizeof(Record) * sizeof(Record)),
      memory_(capacity_ ? std::make_unique_for_overwrite<std::uint8_t[]>(capacity_) : nullptr) {}

void EvidenceRing::add(const Packet& packet) {
  const auto head = head_of(packet);
  if (!head) return;
  const std::size_t records = 1 + (head->captured + sizeof(Record) - 1) / sizeof(Record);
  Record record{.size = static_cast<std::uint32_t>(records * sizeof(Record)), .kept = true, .head = *head};
  if (record.size > capacity_ / 2) return;
  const std::size_t left = capacity_ - end_ % capacity_;
  if (record.size > left) put({.size = static_cast<std::uint32_t>(left), .kept = false, .head = {}});
  const std::uint64_t place = end_;
  put(record);
  std::memcpy(at(place) + sizeof(Record), packet.bytes.data(), head->captured);
}

void EvidenceRing::put(const Record& record) {
  while (end_ + record.size - begin_ > capacity_) begin_ += record_at(begin_).size;
  std::memcpy(at(end_), &record, sizeof(record));
  end_ += record.size;
}

EvidenceRing::Record EvidenceRing::record_at(std::uint64_t place) const {
  Record record;
  std::memcpy(&record, at(place), sizeof(record));
  return record;
}

void EvidenceRing::for_each(std::uint64_t from, const Told& told) const {
  for (std::uint64_t place = std::max(from, begin_); place < end_;) {
    const Record record = record_at(place);
    if (record.kept) told(place, record.head);
    place += record.size;
  }
}

std::span<const std::uint8_t> EvidenceRing::bytes_at(std::uint64_t place) const {
  return {at(place) + sizeof(Record), record_at(place).head.captured};
}

}  // namespace vedette
