#include "sensor/kernel_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace vedette {

namespace {

constexpr int kLookupsASweep = 1000;             // about a millisecond of system calls
constexpr std::size_t kProcessesKept = 200'000;  // of flows; at some 315 bytes each (bench/memory_bench)

}  // namespace

KernelFacts::KernelFacts(const HealthOptions& options) {
  auto monitor = HealthMonitor::start(options);
  if (!monitor) {
    why_.push_back(monitor.error().text());
    return;
  }
  monitor_ = std::move(*monitor);
  why_ = monitor_->why_off();
}

void KernelFacts::tick() {
  lookups_left_ = kLookupsASweep;
  if (monitor_) monitor_->tick(Nanoseconds(static_cast<std::int64_t>(WallClock::monotonic_now_ns())));
}

std::optional<FlowFacts::Process> KernelFacts::process_of(const vdt_flow_key& key, Nanoseconds first) {
  if (!monitor_) return std::nullopt;
  const auto owner = monitor_->owner_of(key, first);
  if (!owner) return std::nullopt;
  return FlowFacts::Process{static_cast<std::uint32_t>(owner->pid), owner->name, owner->cgroup};
}

void KernelFacts::note_process(FlowTable& flows, const Flow& flow, std::uint64_t first_ns) {
  if (lookups_left_ <= 0 || flows.with_facts() >= kProcessesKept) return;
  lookups_left_--;
  auto process = process_of(flow.key, Nanoseconds(static_cast<std::int64_t>(first_ns)));
  if (process) flows.facts(flow).process = std::move(process);
}

void KernelFacts::complete(KeptFlow& kept, const WallClock& clock) {
  if (!monitor_) return;
  if (!kept.facts || !kept.facts->process) {
    auto process = process_of(kept.flow.key, clock.monotonic(kept.flow.first));
    if (process && !kept.facts) kept.facts.emplace();
    if (process) kept.facts->process = std::move(process);
  }
  for (const FlowHealth& one : monitor_->connection_health(kept.flow.key))
    if (one.health.srtt_us != 0) kept.flow.rtt_us = one.health.srtt_us;
}

void KernelFacts::add_losses(Losses& losses) const {
  if (!monitor_) return;
  if (const auto drops = monitor_->drop_totals()) {
    losses.add(LossReason::kDropTableFull, drops->map_full);
    losses.add(LossReason::kDropMissed, drops->missed);
  }
  if (const auto tcp = monitor_->tcp_totals()) {
    losses.add(LossReason::kConnectionTableFull, tcp->map_full);
    losses.add(LossReason::kConnectionMissed, tcp->missed);
  }
  if (const auto owners = monitor_->owner_totals()) losses.add(LossReason::kOwnerUntold, owners->untold);
}

std::vector<Fact> KernelFacts::parts() const {
  struct Kind {
    std::string_view name, gives, without;
  };
  constexpr std::array<Kind, 3> kKinds{{
      {"tcp health", "round trips, windows and retransmissions of this host's own connections",
       "round trips are those that packets tell"},
      {"drop reasons", "why the kernel dropped a packet behind the sensor",
       "the kernel's drops have no reason"},
      {"owners", "the process and control group of a flow", "flows have no process"},
  }};
  const std::vector<HealthPart> all = monitor_ ? monitor_->parts() : std::vector<HealthPart>();
  std::vector<Fact> facts;
  for (const Kind& kind : kKinds) {
    const auto part = std::ranges::find(all, kind.name, &HealthPart::name);
    const std::vector<std::string>& why = part == all.end() ? why_ : part->why_off;
    Fact fact{"part", std::string(kind.name), FactState::kOn, std::string(kind.gives), {}};
    if (part == all.end() || !part->on) {
      fact.state = FactState::kOff;
      fact.detail = fmt::format("{}; {}", fmt::join(why, "; "), kind.without);
    } else if (!why.empty()) {
      fact.state = FactState::kLimited;
      fact.detail = fmt::format("{}", fmt::join(why, "; "));
    }
    facts.push_back(std::move(fact));
  }
  return facts;
}

void KernelFacts::fill(Stats& stats) const {
  if (!monitor_) return;
  for (const KernelDrop& drop : monitor_->drops()) {
    const auto same = std::ranges::find(stats.kernel_drops, drop.reason, &DropCount::reason);
    if (same == stats.kernel_drops.end())
      stats.kernel_drops.push_back({drop.reason, drop.packets});
    else
      same->packets += drop.packets;
  }
  if (const auto totals = monitor_->tcp_totals())
    stats.tcp = TcpCounts{
        .retransmits = totals->retransmits,
        .resets_sent = totals->resets_sent,
        .resets_received = totals->resets_received,
        .connections_opened = totals->connections_opened,
        .connections_accepted = totals->connections_accepted,
    };
}

std::optional<std::uint64_t> KernelFacts::dropped(std::uint32_t ifindex,
                                                  std::initializer_list<std::string_view> reasons) const {
  if (!monitor_ || !monitor_->tells_drop_reasons()) return std::nullopt;
  std::uint64_t packets = 0;
  for (const KernelDrop& drop : monitor_->drops())
    if (drop.ifindex == ifindex && std::ranges::find(reasons, drop.reason) != reasons.end())
      packets += drop.packets;
  return packets;
}

}  // namespace vedette
