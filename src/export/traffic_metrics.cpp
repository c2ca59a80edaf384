// Packets by interface and direction, and what became of them.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "export/sensor_metrics.h"
#include "packet/names.h"

namespace vedette {

namespace {

struct Verdict {
  std::string_view name;
  std::uint64_t DirectionCounts::*packets;
  std::uint64_t DirectionCounts::*bytes;
};

// What becomes of a packet: each is in exactly one of these. The flows' packets are what passed, but for
// those that the protocol policy dropped.
constexpr std::array kVerdicts{
    Verdict{"passed", &DirectionCounts::flow_packets, &DirectionCounts::flow_bytes},
    Verdict{"not_ip", &DirectionCounts::not_ip_packets, &DirectionCounts::not_ip_bytes},
    Verdict{"lost", &DirectionCounts::lost_packets, &DirectionCounts::lost_bytes},
    Verdict{"blocked", &DirectionCounts::blocked_packets, &DirectionCounts::blocked_bytes},
    Verdict{"rule_dropped", &DirectionCounts::rule_dropped_packets, &DirectionCounts::rule_dropped_bytes},
    Verdict{"answered", &DirectionCounts::answered_packets, &DirectionCounts::answered_bytes},
    Verdict{"refused", &DirectionCounts::refused_packets, &DirectionCounts::refused_bytes},
    Verdict{"unsolicited", &DirectionCounts::unsolicited_packets, &DirectionCounts::unsolicited_bytes},
    Verdict{"protocol_dropped", &DirectionCounts::protocol_dropped_packets,
            &DirectionCounts::protocol_dropped_bytes},
};

struct NamedInterface {
  std::string name;
  std::array<DirectionCounts, 2> counts;  // in, out
  UnseenCounts unseen;
};

constexpr std::array<std::string_view, 2> kDirections{"in", "out"};

void add(DirectionCounts& sum, const DirectionCounts& one) {
  sum.packets += one.packets;
  sum.bytes += one.bytes;
  for (const Verdict& verdict : kVerdicts) {
    sum.*verdict.packets += one.*verdict.packets;
    sum.*verdict.bytes += one.*verdict.bytes;
  }
}

void add(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& one) {
  if (one) sum = sum.value_or(0) + *one;
}

// An interface that went and one that came may share a name; labels must not.
std::vector<NamedInterface> by_name(const std::vector<InterfaceStatus>& interfaces) {
  std::vector<NamedInterface> all;
  for (const InterfaceStatus& one : interfaces) {
    auto same = std::ranges::find(all, one.name, &NamedInterface::name);
    if (same == all.end() && all.size() >= kMostInterfaceSeries)
      same = std::ranges::find(all, kOtherSeries, &NamedInterface::name);
    if (same == all.end())
      same = all.insert(all.end(),
                        {all.size() < kMostInterfaceSeries ? one.name : std::string(kOtherSeries), {}, {}});
    add(same->counts[0], one.in);
    add(same->counts[1], one.out);
    add(same->unseen.missed, one.unseen.missed);
    add(same->unseen.errors, one.unseen.errors);
    add(same->unseen.dropped, one.unseen.dropped);
  }
  return all;
}

void write_both_ways(MetricWriter& metrics, const std::vector<NamedInterface>& interfaces,
                     std::uint64_t DirectionCounts::*count) {
  for (const NamedInterface& one : interfaces)
    for (std::size_t way = 0; way < 2; way++)
      metrics.sample({{"interface", one.name}, {"direction", kDirections[way]}}, one.counts[way].*count);
}

void write_verdicts(MetricWriter& metrics, const std::vector<NamedInterface>& interfaces,
                    std::uint64_t DirectionCounts::*Verdict::*count) {
  const auto protocol_dropped = kVerdicts.back().*count;
  for (const NamedInterface& one : interfaces)
    for (std::size_t way = 0; way < 2; way++)
      for (const Verdict& verdict : kVerdicts) {
        const DirectionCounts& counts = one.counts[way];
        std::uint64_t value = counts.*(verdict.*count);
        if (&verdict == kVerdicts.begin()) value -= std::min(value, counts.*protocol_dropped);
        metrics.sample({{"interface", one.name}, {"direction", kDirections[way]}, {"verdict", verdict.name}},
                       value);
      }
}

void write_unseen(MetricWriter& metrics, const std::vector<NamedInterface>& interfaces) {
  metrics.family("vedette_interface_unseen_packets_total", MetricType::kCounter,
                 "Packets that came to an interface and that no program of the sensor's saw, by reason.");
  for (const NamedInterface& one : interfaces)
    for (const auto& [reason, count] :
         {std::pair{"missed", one.unseen.missed}, std::pair{"errors", one.unseen.errors},
          std::pair{"dropped", one.unseen.dropped}})
      if (count) metrics.sample({{"interface", one.name}, {"reason", reason}}, *count);
}

void write_attachments(MetricWriter& metrics, const std::vector<InterfaceStatus>& interfaces) {
  metrics.family("vedette_interface_info", MetricType::kGauge,
                 "1 for each interface that is watched, with the hooks on which its packets are told.");
  std::vector<std::string_view> told;
  for (const InterfaceStatus& one : interfaces) {
    if (one.ingress == "none" && one.why.empty()) continue;  // it has gone
    if (told.size() >= kMostInterfaceSeries || std::ranges::count(told, std::string_view(one.name)) != 0)
      continue;
    told.push_back(one.name);
    metrics.sample({{"interface", one.name}, {"ingress", one.ingress}, {"egress", one.egress}},
                   std::uint64_t{1});
  }
}

// Anybody can send any of 256 protocols: those without a name are told together.
void write_protocols(MetricWriter& metrics, const Stats& stats, std::uint64_t ProtocolCounts::*count) {
  std::array<std::array<std::uint64_t, 2>, 2> others{};  // by IPv6 or not, direction
  const auto version = [](bool six) { return six ? std::string_view("6") : std::string_view("4"); };
  for (const ProtocolCounts& one : stats.protocols) {
    const std::string_view name = protocol_name(one.protocol);
    if (name.empty())
      others[one.ip_version == 6][one.direction & 1] += one.*count;
    else
      metrics.sample({{"protocol", name},
                      {"ip_version", version(one.ip_version == 6)},
                      {"direction", direction_name(one.direction)}},
                     one.*count);
  }
  for (std::size_t six = 0; six < 2; six++)
    for (std::uint8_t direction = 0; direction < 2; direction++)
      if (others[six][direction] != 0)
        metrics.sample({{"protocol", kOtherSeries},
                        {"ip_version", version(six != 0)},
                        {"direction", direction_name(direction)}},
                       others[six][direction]);
}

}  // namespace

void write_traffic_metrics(MetricWriter& metrics, const Stats& stats,
                           const std::vector<InterfaceStatus>& interfaces) {
  const std::vector<NamedInterface> named = by_name(interfaces);
  metrics.family("vedette_interface_packets_total", MetricType::kCounter,
                 "Packets on the wire of an interface, by direction.");
  write_both_ways(metrics, named, &DirectionCounts::packets);
  metrics.family("vedette_interface_bytes_total", MetricType::kCounter,
                 "Bytes on the wire of an interface without frame check sequences, by direction.");
  write_both_ways(metrics, named, &DirectionCounts::bytes);
  metrics.family("vedette_verdict_packets_total", MetricType::kCounter,
                 "Packets of an interface by what became of them; the sum over verdicts is all packets.");
  write_verdicts(metrics, named, &Verdict::packets);
  metrics.family("vedette_verdict_bytes_total", MetricType::kCounter,
                 "Bytes of an interface by what became of their packets.");
  write_verdicts(metrics, named, &Verdict::bytes);
  write_unseen(metrics, named);
  write_attachments(metrics, interfaces);
  metrics.family("vedette_protocol_packets_total", MetricType::kCounter,
                 "Packets in flows by transport protocol, version of IP and direction.");
  write_protocols(metrics, stats, &ProtocolCounts::packets);
  metrics.family("vedette_protocol_bytes_total", MetricType::kCounter,
                 "Bytes in flows by transport protocol, version of IP and direction.");
  write_protocols(metrics, stats, &ProtocolCounts::bytes);
  metrics.family("vedette_malformed_packets_total", MetricType::kCounter,
                 "Packets whose headers could not be parsed to their end, by what was wrong.");
  for (const NamedCount& one : stats.malformed) metrics.sample({{"reason", one.name}}, one.count);
  metrics.family("vedette_kernel_dropped_packets_total", MetricType::kCounter,
                 "Packets that the kernel's network stack dropped, by its reason.");
  for (const DropCount& drop : stats.kernel_drops) metrics.sample({{"reason", drop.reason}}, drop.packets);
}

}  // namespace vedette
