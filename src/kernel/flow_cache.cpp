#include "kernel/flow_cache.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "abi/verdict.h"
#include "flow/hash.h"

namespace vedette {

void FlowCache::FreeRing::operator()(ring_buffer* ring) const {
  ring_buffer__free(ring);
}

FlowCache::FlowCache(FlowCache&&) noexcept = default;
FlowCache& FlowCache::operator=(FlowCache&&) noexcept = default;
FlowCache::~FlowCache() = default;

Result<FlowCache> FlowCache::open(int sets_fd, int ring_fd, const vdt_config& config) {
  FlowCache cache;
  cache.config_ = config;
  auto sets = MappedArray::map(sets_fd, sizeof(vdt_flow_set));
  if (!sets) return std::unexpected(sets.error());
  cache.sets_ = std::move(*sets);
  cache.copies_.resize(std::size_t{cache.sets_.entries()} * VDT_FLOW_WAYS);
  cache.draining_ = std::make_unique<Draining>();
  cache.ring_.reset(ring_buffer__new(ring_fd, on_event, cache.draining_.get(), nullptr));
  if (!cache.ring_) return failed("telemetry ring", fmt::format("can't be read: {}", std::strerror(errno)));
  return cache;
}

namespace {

// Of one slot's generations, which wrap.
bool is_later(std::uint32_t one, std::uint32_t other) {
  return static_cast<std::int32_t>(one - other) > 0;
}

}  // namespace

FlowCache::Copy FlowCache::nothing_told(std::uint32_t generation) {
  Copy copy{};
  copy.generation = generation;
  return copy;
}

void FlowCache::tell(Copy& copy, const vdt_flow_record& record, const Told& told) {
  if (copy.generation != record.generation) copy = nothing_told(record.generation);
  if (record.packets == copy.packets && record.bytes == copy.bytes) return;
  const FlowGrowth growth{
      .record = &record,
      .packets = record.packets - copy.packets,
      .bytes = record.bytes - copy.bytes,
      .retransmits = record.tcp.retransmits - copy.retransmits,
      .out_of_order = record.tcp.out_of_order - copy.out_of_order,
      .zero_windows = static_cast<std::uint16_t>(record.tcp.zero_windows - copy.zero_windows),
      .resets = static_cast<std::uint16_t>(record.tcp.resets - copy.resets),
  };
  copy.packets = record.packets;
  copy.bytes = record.bytes;
  copy.retransmits = record.tcp.retransmits;
  copy.out_of_order = record.tcp.out_of_order;
  copy.zero_windows = record.tcp.zero_windows;
  copy.resets = record.tcp.resets;
  told(growth);
}

int FlowCache::on_event(void* self, void* data, std::size_t size) {
  auto& draining = *static_cast<Draining*>(self);
  const auto* event = static_cast<const vdt_flow_evicted*>(data);
  if (size < sizeof(*event) || event->header.kind != VDT_EVENT_FLOW_EVICTED) return 0;
  if (event->slot >= draining.cache->copies_.size()) return 0;
  end(draining.cache->copies_[event->slot], event->record, *draining.told);
  return 0;
}

void FlowCache::end(Copy& copy, const vdt_flow_record& record, const Told& told) {
  // Only what an earlier daemon left in the ring can be older than what was told: this one told none of it.
  Copy earlier{};
  const bool behind = copy.generation != 0 && is_later(copy.generation, record.generation);
  tell(behind ? earlier : copy, record, told);
  if (!behind) copy = nothing_told(record.generation + 2);
}

std::uint64_t FlowCache::drain(const Told& told) {
  *draining_ = {this, &told};
  const int records = ring_buffer__consume(ring_.get());
  return records > 0 ? static_cast<std::uint64_t>(records) : 0;
}

void FlowCache::tell_slot(std::uint32_t slot, const vdt_flow_record& shared, const Told& told) {
  // The kernel makes the generation odd, writes, and makes it even again: what stands between two equal
  // even readings is one flow's. Its counters may be from before and after a packet; the next sweep tells
  // the rest.
  const auto* generation = reinterpret_cast<const volatile std::uint32_t*>(&shared.generation);
  const std::uint32_t before = *generation;
  std::atomic_thread_fence(std::memory_order_acquire);
  // `packets` is written last: read first, it counts none whose bytes or flags are not in the copy.
  const std::uint64_t packets = *static_cast<const volatile __u64*>(&shared.packets);
  std::atomic_thread_fence(std::memory_order_acquire);
  vdt_flow_record record = shared;
  record.packets = packets;
  std::atomic_thread_fence(std::memory_order_acquire);
  if (before % 2 != 0 || *generation != before) return;
  Copy& copy = copies_[slot];
  if (copy.generation != before) drain(told);
  // The ring may have told more than was read above: all of this record, where its slot was handed on again
  // meanwhile. Or less: not its predecessor's end yet, which stands behind a record that another CPU is still
  // writing; the next sweep tells it then.
  if (copy.generation != before && copy.generation != 0) return;
  tell(copy, record, told);
}

void FlowCache::look_at(std::uint32_t slot, const Told& told) {
  if (slot >= copies_.size()) return;
  const auto* set = sets_.at<const vdt_flow_set>(slot / VDT_FLOW_WAYS);
  if (set->tags[slot % VDT_FLOW_WAYS] != 0) tell_slot(slot, set->records[slot % VDT_FLOW_WAYS], told);
}

template <typename Take>
void FlowCache::for_each_slot(const vdt_flow_key& key, Take&& take) const {
  std::array<__u64, VDT_FLOW_KEY_WORDS> words;
  static_assert(sizeof(words) == sizeof(key));
  std::memcpy(words.data(), &key, sizeof(words));
  const std::uint64_t hash = vdt_flow_hash(words.data(), config_.hash_keys);
  const std::uint32_t in_region = static_cast<std::uint32_t>(hash) & config_.sets_mask;
  for (std::uint32_t cpu = 0; cpu < config_.cpus; cpu++) {
    const std::uint32_t index = cpu * (config_.sets_mask + 1) + in_region;
    if (index >= sets_.entries()) return;
    const auto* set = sets_.at<const vdt_flow_set>(index);
    for (std::uint32_t way = 0; way < VDT_FLOW_WAYS; way++)
      if (set->tags[way] != 0 && std::memcmp(&set->records[way].key, &key, sizeof(key)) == 0)
        take(index * VDT_FLOW_WAYS + way);
  }
}

void FlowCache::look_for(const vdt_flow_key& key, const Told& told) {
  // A record that is being written is told in its own time.
  for_each_slot(key, [&](std::uint32_t slot) { look_at(slot, told); });
}

void FlowCache::decide_anew(const vdt_flow_key& key) {
  for_each_slot(key, [&](std::uint32_t slot) {
    auto& record = sets_.at<vdt_flow_set>(slot / VDT_FLOW_WAYS)->records[slot % VDT_FLOW_WAYS];
    std::atomic_ref(record.verdict).store(VDT_VERDICT_ASK);
  });
}

void FlowCache::sweep(const Told& told) {
  for (std::uint32_t set = 0; set < sets_.entries(); set++) {
    const auto* shared = sets_.at<const vdt_flow_set>(set);
    for (std::uint32_t way = 0; way < VDT_FLOW_WAYS; way++) {
      if (shared->tags[way] == 0) continue;
      const std::uint32_t slot = set * VDT_FLOW_WAYS + way;
      const vdt_flow_record& record = shared->records[way];
      const Copy& copy = copies_[slot];
      if (record.packets == copy.packets && record.bytes == copy.bytes &&
          record.generation == copy.generation)
        continue;
      tell_slot(slot, record, told);
    }
  }
}

}  // namespace vedette
