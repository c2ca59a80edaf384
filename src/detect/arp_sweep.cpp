#include "detect/arp_sweep.h"

#include <fmt/format.h>

#include <algorithm>

#include "detect/contact.h"

namespace vedette {

namespace {

// Linux forgets a neighbour that nobody asks for after a minute (gc_stale_time), and so may ask again.
constexpr Nanoseconds kWindow = std::chrono::seconds(60);
// In a row: by chance none of a hundred thousand hosts that know a network's 254 asks so.
constexpr std::uint32_t kRow = 16;
// The hosts of a /24, less one and a half standard errors of the estimate.
constexpr std::uint64_t kNetwork = 229;

std::uint32_t number_of(const vdt_address& address) {
  return static_cast<std::uint32_t>(address.bytes[0]) << 24 |
         static_cast<std::uint32_t>(address.bytes[1]) << 16 |
         static_cast<std::uint32_t>(address.bytes[2]) << 8 | address.bytes[3];
}

bool asks_all(const vdt_packet_core& core) {
  return (core.facts & VDT_FACT_ARP) && (core.facts & VDT_FACT_MAC) &&
         std::ranges::all_of(core.dst_mac, [](std::uint8_t byte) { return byte == 0xff; });
}

}  // namespace

void ArpSweep::take(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  const std::uint32_t target = number_of(core.key.dst);
  // Without an address of its own it asks whether one is free; for its own it tells that it is taken.
  if (!asks_all(core) || number_of(core.key.src) == 0 || number_of(core.key.src) == target) return;
  bool made = false;
  const PairKey key{core.key.src, {}, 4};
  Source& source = sources_.at(key, made);
  if (packet.time - source.last > kWindow) source = {};
  if (source.packets == 0) source.first = packet.time;
  source.last = packet.time;
  source.packets++;
  source.bytes += core.length;
  if (source.packets > 1 && target == source.target) return;
  source.targets.add(mixed(target, 0));
  source.run = source.packets > 1 && target == source.target + 1 ? source.run + 1 : 1;
  source.longest = std::max(source.longest, source.run);
  source.target = target;
  if (source.packets == 2) sources_.promote(key);
  raise(packet, source);
}

void ArpSweep::raise(const Packet& packet, Source& source) const {
  const std::uint64_t targets = source.targets.estimate();
  const bool network = targets >= kNetwork;
  if (source.longest < kRow && !network) return;
  const Severity severity = network && source.longest >= kRow ? Severity::kMedium : Severity::kLow;
  if (!source.telling.is_due(packet.time, targets, severity)) return;
  Finding finding;
  finding.detector = technique_detector(Technique::kArp);
  finding.kind = FindingKind::kHostScan;
  finding.severity = severity;
  finding.source = host(packet.facts->core.key.src, 4);
  finding.first = source.first;
  finding.detected = finding.last = packet.time;
  finding.packets = source.packets;
  finding.bytes = source.bytes;
  finding.score = source.longest >= kRow ? source.longest : static_cast<double>(targets);
  finding.threshold = source.longest >= kRow ? kRow : static_cast<double>(kNetwork);
  finding.why = fmt::format("{} asked for {} addresses by ARP, {} of them in a row, in {:.2f} s",
                            prefix_text(*finding.source), targets, source.longest,
                            std::chrono::duration<double>(source.last - source.first).count());
  raise_(std::move(finding));
}

}  // namespace vedette
