// What the engine answers, each on its asker's thread: interfaces, counters, flows and streams.
#include <algorithm>
#include <iterator>

#include "doctor/interfaces.h"
#include "packet/names.h"
#include "sensor/direction_counts.h"
#include "sensor/engine.h"
#include "sensor/flow_pager.h"
#include "sensor/kernel_report.h"

namespace vedette {

std::uint64_t Sensor::Engine::queue_lost() const {
  std::uint64_t lost = queue_lost_before_;
  for (const auto& [watcher, queue] : streams_) lost += queue->dropped_attended();
  return lost;
}

std::vector<InterfaceStatus> Sensor::Engine::interface_status() {
  std::vector<InterfaceStatus> all = keeper_.status();
  for (InterfaceStatus& one : all)
    if (const auto unseen = unseen_.find(one.ifindex); unseen != unseen_.end())
      one.unseen =
          unseen->second.counts(kernel_facts_, one.ingress == attach_point_name(AttachPoint::kXdpNative));
  return all;
}

void Sensor::Engine::forget_interface(std::uint32_t ifindex) {
  names_.erase(ifindex);
  const auto unseen = unseen_.find(ifindex);
  if (unseen == unseen_.end()) return;
  add(unseen_before_, unseen->second.counts(kernel_facts_, false));
  unseen_.erase(unseen);
}

std::vector<InterfaceStatus> Sensor::Engine::interfaces() {
  const std::lock_guard lock(mutex_);
  return interface_status();
}

std::vector<Fact> Sensor::Engine::kernel() {
  // Asks the devices, which may take a moment each: without the lock.
  const std::vector<Fact> devices = look_at_interfaces();
  const std::lock_guard lock(mutex_);
  std::vector<Fact> facts = machine_;
  const auto add = [&](std::vector<Fact> more) { std::ranges::move(more, std::back_inserter(facts)); };
  add(kernel_facts_.parts());
  add(deciding_parts(defences_.deciding()));
  add(facts_of_interfaces(keeper_.status(), devices));
  return facts;
}

std::vector<RingStatus> Sensor::Engine::ring_status() const {
  std::vector<RingStatus> rings;
  for (const auto& [name, fill] :
       {std::pair{"telemetry", telemetry_gauge_.fill()}, std::pair{"first_bytes", handshakes_.ring_fill()},
        std::pair{"heads", heads_.ring_fill()}, std::pair{"watch", watchers_->ring_fill()}})
    if (fill.size != 0) rings.push_back({.name = name, .used_bytes = fill.used, .size_bytes = fill.size});
  return rings;
}

std::vector<Loss> Sensor::Engine::losses(const vdt_counters& sum, const UnseenCounts& unseen) const {
  Losses all;
  all.add(LossReason::kFlowTableFull,
          sum.direction[VDT_DIRECTION_IN].lost_packets + sum.direction[VDT_DIRECTION_OUT].lost_packets);
  all.add(LossReason::kWatchRingFull, watchers_->totals().lost);
  all.add(LossReason::kWatchQueueFull, queue_lost());
  kernel_facts_.add_losses(all);
  handshakes_.add_losses(all, sum.first);
  all.add(LossReason::kHeadsOverBudget, sum.heads.over_budget);
  all.add(LossReason::kHeadsRingFull, sum.heads.ring_full);
  all.add(LossReason::kEvidenceGivenUp, findings_.evidence().given_up());
  all.add(LossReason::kHookUntold, hooks_.lost());
  all.add(LossReason::kAuditUnwritten, audit_.unwritten());
  for (const auto& subscriber : options_.subscribers) subscriber->add_losses(all);
  history_.add_losses(all);
  for (const auto& [reason, packets] : {std::pair{LossReason::kInterfaceMissed, unseen.missed},
                                        std::pair{LossReason::kInterfaceErrors, unseen.errors},
                                        std::pair{LossReason::kInterfaceDropped, unseen.dropped}}) {
    if (packets)
      all.add(reason, *packets);
    else
      all.leave_out(reason);
  }
  return all.all();
}

Stats Sensor::Engine::stats() {
  const std::lock_guard lock(mutex_);
  refresh();
  Stats stats;
  stats.time = clock_.at(WallClock::monotonic_now_ns());
  stats.uptime = uptime();
  UnseenCounts unseen = unseen_before_;
  for (const InterfaceStatus& one : interface_status()) add(unseen, one.unseen);
  const vdt_counters sum = programs_.counters().total();
  stats.in = direction_counts(sum.direction[VDT_DIRECTION_IN]);
  stats.out = direction_counts(sum.direction[VDT_DIRECTION_OUT]);
  for (std::uint8_t reason = 1; reason < VDT_MALFORMED_COUNT; reason++)
    if (sum.malformed[reason]) stats.malformed.push_back({malformed_name(reason), sum.malformed[reason]});
  stats.losses = losses(sum, unseen);
  const FlowCounters flows = flows_.counters();
  stats.flows = {
      .live = flows_.live(),
      .created = flows.created,
      .ended_early = flows.evicted,
      .table_slots = cache_.slots(),
      .table_evicted = sum.flows_evicted,
      .kernel_bytes = cache_.kernel_bytes(),
      .user_bytes = cache_.user_bytes() + flows_.memory() + handshakes_.memory(),
  };
  stats.first_bytes = {.due = sum.first.due, .told = sum.first.told};
  stats.heads = {.due = sum.heads.due, .told = sum.heads.told};
  stats.handshakes = handshakes_.told();
  stats.evidence = findings_.evidence().counts();
  stats.findings = findings_.counts();
  stats.rings = ring_status();
  for (const auto& subscriber : options_.subscribers)
    if (auto status = subscriber->export_status()) stats.exports.push_back(std::move(*status));
  stats.fragments_unknown = sum.fragments_unknown;
  stats.watched = watchers_->totals().told;
  for (std::size_t protocol = 0; protocol < protocols_.size(); protocol++)
    for (std::uint8_t six = 0; six < 2; six++)
      for (std::uint8_t direction = 0; direction < 2; direction++) {
        const ProtocolSum& one = protocols_[protocol][six][direction];
        if (one.packets == 0) continue;
        stats.protocols.push_back({.protocol = static_cast<std::uint8_t>(protocol),
                                   .ip_version = static_cast<std::uint8_t>(six ? 6 : 4),
                                   .direction = direction,
                                   .packets = one.packets,
                                   .bytes = one.bytes});
      }
  ApplicationTotals applications = ended_;
  flows_.for_each([&](const FlowView& view) { applications.add(view.flow); });
  stats.applications = applications.all();
  stats.ended_applications = ended_.all();
  kernel_facts_.fill(stats);
  return stats;
}

Result<FlowPage> Sensor::Engine::flows(const FlowQuery& query) {
  // The filter may ask the resolver: without the lock.
  auto pager = FlowPager::prepare(query);
  if (!pager) return std::unexpected(pager.error());
  const std::lock_guard lock(mutex_);
  refresh();
  flows_.for_each([&](const FlowView& view) { pager->add(view); });
  return pager->page([this](KeptFlow& kept) { kernel_facts_.complete(kept, clock_); },
                     {.names = &handshakes_.names(), .places = &options_.places});
}

void Sensor::Engine::end_handshakes(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  handshakes_.forget(stream);
}

void Sensor::Engine::end_seconds(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  seconds_.forget(stream);
}

std::unique_ptr<SecondStream> Sensor::Engine::seconds(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  return seconds_.stream(count, [engine = weak_from_this()](std::uint64_t stream) {
    const auto alive = engine.lock();
    if (alive) alive->end_seconds(stream);
  });
}

Result<std::unique_ptr<HandshakeStream>> Sensor::Engine::handshakes(const HandshakeQuery& query) {
  // The filter may ask the resolver: without the lock.
  auto wanted = LiveHandshakes::prepare(query);
  if (!wanted) return std::unexpected(wanted.error());
  const std::lock_guard lock(mutex_);
  return handshakes_.stream(std::move(*wanted), [engine = weak_from_this()](std::uint64_t stream) {
    const auto alive = engine.lock();
    if (alive) alive->end_handshakes(stream);
  });
}

Result<std::unique_ptr<PacketStream>> Sensor::Engine::packets(const PacketQuery& query) {
  // Compiling may ask the resolver: without the lock.
  auto filter = compile_filter(query.filter);
  if (!filter) return std::unexpected(filter.error());
  const std::lock_guard lock(mutex_);
  auto watcher = watchers_->add(*filter, {.snaplen = query.snaplen, .count = query.count});
  if (!watcher) return std::unexpected(watcher.error());
  auto stream = std::make_unique<LiveStream>([engine = weak_from_this(), id = *watcher] {
    if (const auto alive = engine.lock()) alive->end_watch(id);
  });
  streams_.emplace(*watcher, stream->queue());
  return stream;
}

}  // namespace vedette
