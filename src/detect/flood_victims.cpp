#include "detect/flood_victims.h"

#include <cmath>

#include "detect/contact.h"
#include "detect/flood_severity.h"
#include "detect/flood_text.h"

namespace vedette {

namespace {

// Until an answer can be expected a burst must be this much higher to convict: a handshake takes a round
// trip, a retransmitted one a second (RFC 6298), and a busy server's clients may come at once.
constexpr Nanoseconds kPatience = std::chrono::milliseconds(500);
constexpr double kImpatient = 4;

// Who scans asks each port a few times at most, and asks little.
constexpr double kProbesOfAPort = 4;

// A network whose flood fewer of its addresses get has a few busy hosts.
constexpr std::uint64_t kSpread = 16;

// After so long without a packet of its class another flood begins, as Detection has it for findings.
constexpr Nanoseconds kOver = std::chrono::seconds(60);

double seconds(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

FloodVictims::FloodVictims(const FloodScope& scope, Detector::Raise raise)
    : scope_(scope), raise_(std::move(raise)), victims_(scope.victims), details_(scope.details) {}

HeavyKey FloodVictims::key_of(const vdt_address& address, std::uint8_t ip_version) const {
  if (scope_.is_host()) return {address, ip_version};
  return {prefix_of(address, ip_version, ip_version == 6 ? scope_.bits6 : scope_.bits4).address, ip_version};
}

FloodVictims::Entry& FloodVictims::at(const HeavyKey& key, Nanoseconds now) {
  Entry& entry = victims_.at(key, [this](Entry& parting) {
    for (FloodLoad& load : parting.value.loads) release(load);
    if (parting.value.active) std::erase(active_, &parting);
  });
  FloodVictim& victim = entry.value;
  if (victim.active) return entry;
  victim.active = true;
  if (victim.settled == Nanoseconds{}) {
    victim.settled = now;
    for (std::size_t flood = 0; flood < kFloodClasses; flood++)
      victim.loads[flood] = FloodLoad(scope_.floor(static_cast<FloodClass>(flood)));
  }
  settle(entry, now);
  active_.push_back(&entry);
  return entry;
}

bool FloodVictims::ask(const FloodPackets& packets, FloodClass flood, bool bytes) {
  Entry& entry = at(key_of(packets.target, packets.ip_version), packets.last);
  const bool many = count(entry, packets, flood, static_cast<double>(packets.packets));
  return (bytes && count(entry, packets, kFloodBytes, packets.bytes)) || many;
}

void FloodVictims::answer(const vdt_address& address, std::uint8_t ip_version, FloodClass flood,
                          double packets) {
  Entry* entry = victims_.find(key_of(address, ip_version));
  if (entry == nullptr) return;
  FloodLoad& load = entry->value.loads[flood];
  load.asked -= packets;
  load.answered += packets;
}

void FloodVictims::take_back(const vdt_address& address, std::uint8_t ip_version, FloodClass flood,
                             double packets) {
  if (Entry* entry = victims_.find(key_of(address, ip_version))) entry->value.loads[flood].asked -= packets;
}

void FloodVictims::open(const vdt_address& address, std::uint8_t ip_version) {
  if (Entry* opener = victims_.find(key_of(address, ip_version))) opener->value.opened++;
}

bool FloodVictims::has_opened(const vdt_address& address, std::uint8_t ip_version, FloodClass flood,
                              Nanoseconds now) {
  const FloodVictim& victim = at(key_of(address, ip_version), now).value;
  return victim.opened > 0 && victim.opened >= victim.loads[flood].rate();
}

bool FloodVictims::count(Entry& entry, const FloodPackets& packets, FloodClass flood, double count) {
  FloodLoad& load = entry.value.loads[flood];
  const double floor = scope_.floor(flood);
  if (load.packets == 0 || packets.last - load.last > kOver) {
    load.since = packets.last;
    load.packets = load.bytes = 0;
  }
  load.last = std::max(load.last, packets.last);
  load.packets += packets.packets;
  load.bytes += static_cast<std::uint64_t>(packets.bytes);
  const double before = load.rate();
  load.asked += count;
  const double rate = load.rate();
  if (rate < floor / 8) return false;
  count_detail(load, packets);
  if (rate < floor) return false;
  // At each doubling from the floor on, so that a burst within a tick convicts in it.
  if (std::ilogb(rate / floor) != std::ilogb(before / floor)) judge(entry, flood, packets.last, false);
  return true;
}

void FloodVictims::count_detail(FloodLoad& load, const FloodPackets& packets) {
  if (load.detail == FloodLoad::kNoDetail) {
    const auto free = std::ranges::find(details_, false, &FloodDetail::taken);
    if (free == details_.end()) return;
    *free = {};
    free->taken = true;
    load.detail = static_cast<std::uint16_t>(free - details_.begin());
  }
  FloodDetail& detail = details_[load.detail];
  detail.sources.add(mixed(packets.source));
  detail.top_sources.add(packets.source);
  if (packets.port) {
    detail.top_ports.add(*packets.port);
    detail.ports.add(mixed(*packets.port, 0));
    detail.asked.add(mixed(packets.target, *packets.port));
  }
  if (!scope_.is_host()) detail.targets.add(mixed(packets.target));
  detail.top_flags.add(packets.tcp_flags);
  detail.top_lengths.add(packets.max_length);
}

void FloodVictims::release(FloodLoad& load) {
  if (load.detail != FloodLoad::kNoDetail) details_[load.detail].taken = false;
  load.detail = FloodLoad::kNoDetail;
  load.convicted = false;
}

void FloodVictims::settle(Entry& entry, Nanoseconds now) {
  FloodVictim& victim = entry.value;
  const double elapsed = seconds(now - victim.settled);
  if (elapsed <= 0) return;
  victim.settled = now;
  const double fades = std::exp(-elapsed);
  double heavy = 0;
  for (std::size_t flood = 0; flood < kFloodClasses; flood++) {
    FloodLoad& load = victim.loads[flood];
    if (load.packets == 0) continue;
    const double floor = scope_.floor(static_cast<FloodClass>(flood));
    const double ticks = elapsed / FloodLoad::kTickSeconds;
    load.usual.add(std::max(0.0, load.asked), load.rate() < floor);
    if (ticks > 1.5) load.usual.idle(ticks - 1);
    load.window = std::max(0.0, load.window + load.asked) * fades;
    load.answered *= fades;
    load.asked = 0;
    const double over = load.window / floor;
    if (over < 1.0 / 16) release(load);
    heavy = std::max(heavy, over);
  }
  victim.opened *= fades;
  victim.heavy = static_cast<std::uint64_t>(heavy * 1000);
}

void FloodVictims::tick(Nanoseconds now) {
  std::erase_if(active_, [&](Entry* entry) {
    for (std::size_t flood = 0; flood < kFloodClasses; flood++)
      judge(*entry, static_cast<FloodClass>(flood), now, false);
    settle(*entry, now);
    entry->value.active = entry->value.heavy != 0;
    return !entry->value.active;
  });
}

void FloodVictims::finish() {
  for (Entry* entry : active_)
    for (std::size_t flood = 0; flood < kFloodClasses; flood++)
      judge(*entry, static_cast<FloodClass>(flood), entry->value.loads[flood].last, true);
}

bool FloodVictims::is_scan(FloodClass flood, const FloodLoad& load) const {
  if (flood != kFloodSyn && flood != kFloodUdp && flood != kFloodTcp) return false;
  const FloodDetail* detail = detail_of(load);
  if (detail == nullptr || detail->sources.distinct() >= FloodDetail::kManySources) return false;
  if (load.bytes > load.packets * kLongestProbe) return false;
  const auto packets = static_cast<double>(detail->sources.count());
  if (scope_.is_host()) {
    const auto& port = detail->top_ports.top();
    if ((port.count - port.error) * 32.0 >= packets) return false;
    if (load.rate() >= flood_kind(kFloodHeld).floor) return false;
  }
  const double asked =
      std::max(1.0, detail->sources.distinct()) * static_cast<double>(detail->asked.estimate());
  return packets <= kProbesOfAPort * asked;
}

bool FloodVictims::is_spread(const FloodLoad& load) const {
  const FloodDetail* detail = detail_of(load);
  return detail != nullptr && detail->targets.estimate() >= kSpread;
}

void FloodVictims::judge(Entry& entry, FloodClass flood, Nanoseconds now, bool ends) {
  FloodLoad& load = entry.value.loads[flood];
  const double floor = scope_.floor(flood);
  const double rate = load.rate();
  if (rate < floor || (load.asked <= 0 && !ends)) return;
  if (load.convicted) return convict(entry, flood, now);
  const bool early = now - load.since < kPatience && !ends;
  if (early && rate < floor * kImpatient) return;
  if (rate < load.answered / 4) return;
  if (!load.usual.would_alarm(load.asked)) return;
  if (is_scan(flood, load)) return;
  if (!scope_.is_host() && !is_spread(load)) return;
  // Fragments of few sources may be somebody's one-way transfer.
  const FloodDetail* detail = detail_of(load);
  if (flood == kFloodFragment && rate < flood_kind(kFloodHeld).floor &&
      (detail == nullptr || detail->sources.distinct() < 16))
    return;
  convict(entry, flood, now);
}

void FloodVictims::convict(Entry& entry, FloodClass flood, Nanoseconds now) {
  FloodLoad& load = entry.value.loads[flood];
  const FloodKind& kind = flood_kind(flood);
  FloodDetail* detail = load.detail == FloodLoad::kNoDetail ? nullptr : &details_[load.detail];
  const auto version = static_cast<std::uint8_t>(entry.key.rest);
  if (detail != nullptr && !load.convicted) {
    const auto& source = detail->top_sources.top();
    const auto& port = detail->top_ports.top();
    if ((source.count - source.error) * 2ULL > detail->sources.count())
      detail->source = host(source.thing, version);
    if ((port.count - port.error) * 2ULL > detail->sources.count()) detail->port = port.thing;
  }
  load.convicted = true;
  const double rate = load.rate();
  Finding finding;
  finding.detector = kind.detector;
  finding.kind = kind.kind;
  finding.severity = flood_severity(flood, rate / scope_.times, flood_sources(detail));
  if (detail != nullptr) {
    finding.source = detail->source;
    finding.port = detail->port;
  }
  finding.target = Prefix{entry.key.address, version, version == 6 ? scope_.bits6 : scope_.bits4};
  finding.first = load.since;
  finding.detected = now;
  finding.last = load.last;
  finding.packets = load.packets;
  finding.bytes = load.bytes;
  finding.score = rate;
  finding.threshold = scope_.floor(flood);
  finding.why = flood_text(kind, finding, load, detail);
  raise_(std::move(finding));
}

std::size_t FloodVictims::memory() const {
  return victims_.memory() + details_.size() * sizeof(FloodDetail) + active_.capacity() * sizeof(Entry*);
}

}  // namespace vedette
