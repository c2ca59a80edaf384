#include "detect/beacon.h"

#include <fmt/format.h>

#include <algorithm>

#include "detect/beacon_score.h"
#include "detect/flow_finding.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// Connections that begin within a second are one visit (RITA counts a second's once), as a page's are.
constexpr std::int64_t kApart = 1000;  // ms
constexpr std::size_t kLeast = 10;    // beginnings; RITA's four are chance as often as not in a short capture
constexpr double kSuspicious = 0.75;  // RITA's "low" and "medium"
constexpr double kStrong = 0.9;
constexpr std::size_t kMostKept = 64;  // beginnings and sizes of a series, the latest

// What is regular by design, by the destination's port (IANA): DNS, DHCP, TFTP, Kerberos, portmap, ident,
// NTP, NetBIOS, SNMP, BGP, IRC's and LDAP's locator, syslog, RIP, DHCPv6, LDP, DNS over TLS, RADIUS, HSRP,
// SSDP, NetFlow, IPsec, STUN, BFD, WS-Discovery, mDNS, LLMNR, CAPWAP, sFlow, IPFIX, VXLAN, Zabbix,
// Prometheus' exporters, StatsD, Consul and Checkmk.
constexpr std::uint16_t kRegular[] = {
    53,   67,   68,  69,   88,   111,  113,  123,  137,  138,  161,  162,  179,  389,  514,  520,   521,
    546,  547,  646, 853,  1645, 1646, 1812, 1813, 1985, 1900, 2055, 2056, 3478, 3702, 3784, 4500,  4739,
    4784, 4789, 500, 5246, 5247, 5353, 5355, 6343, 6556, 8125, 8301, 8302, 9100, 9995, 9996, 10050, 10051};

bool is_regular(std::uint16_t port) {
  return std::ranges::find(kRegular, port) != std::end(kRegular);
}

// RFC 1112, RFC 3927, RFC 4291: multicast, broadcast, link-local, loopback and none at all.
bool is_nearby(const vdt_address& address, std::uint8_t ip_version) {
  const auto& bytes = address.bytes;
  if (ip_version == 4)
    return bytes[0] >= 224 || bytes[0] == 0 || bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254) ||
           bytes[3] == 255;
  return bytes[0] == 0xff || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) ||
         (address.halves[0] == 0 && bytes[8] == 0 && bytes[9] == 0 && bytes[10] == 0);
}

// RFC 1918, RFC 6598, RFC 4193: there, programs that ask each other by the clock are the rule.
bool is_private(const vdt_flow_key& key) {
  const auto& bytes = key.dst.bytes;
  if (key.ip_version != 4) return (bytes[0] & 0xfe) == 0xfc;
  return bytes[0] == 10 || (bytes[0] == 172 && (bytes[1] & 0xf0) == 16) ||
         (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 100 && (bytes[1] & 0xc0) == 64);
}

bool concerns(const Flow& flow) {
  return (flow.key.protocol == VDT_IP_TCP || flow.key.protocol == VDT_IP_UDP) && flow.key.dst_port != 0 &&
         !is_regular(flow.key.dst_port) && !is_nearby(flow.key.dst, flow.key.ip_version);
}

// A port that refuses answers too, but serves nobody.
bool is_answered(const Flow& flow) {
  return flow.sent[kResponder].packets > 0 &&
         (flow.key.protocol != VDT_IP_TCP ||
          (flow.tcp_flags[kResponder] & ~(VDT_TCP_RST | VDT_TCP_ACK)) != 0);
}

template <typename Kept>
void keep(std::vector<Kept>& kept, Kept value) {
  if (kept.size() == kMostKept) kept.erase(kept.begin());
  kept.push_back(value);
}

// Into `times`, which rise; flows end in another order than they begin. False where it is one visit with
// another.
bool keep_time(std::vector<std::int64_t>& times, std::int64_t time) {
  const auto behind = std::ranges::lower_bound(times, time);
  if (behind != times.end() && *behind - time < kApart) return false;
  if (behind != times.begin() && time - *std::prev(behind) < kApart) return false;
  times.insert(behind, time);
  if (times.size() > kMostKept) times.erase(times.begin());
  return true;
}

}  // namespace

void Beacon::end(const FlowView& view) {
  const Flow& flow = view.flow;
  if (view.end == FlowEnd::kReport || !concerns(flow) || !is_answered(flow)) return;
  Series& series = series_.at(service_of(flow));
  series.packets += flow.sent[kInitiator].packets + flow.sent[kResponder].packets;
  series.bytes += flow.sent[kInitiator].bytes + flow.sent[kResponder].bytes;
  // Datagrams from the same port as before are the same conversation, kept alive.
  if (flow.key.protocol == VDT_IP_UDP && series.last_port == flow.key.src_port) return;
  series.last_port = flow.key.src_port;
  series.connections++;
  if (!keep_time(series.begun, flow.first.count() / 1'000'000)) return;
  keep(series.sent, static_cast<double>(flow.sent[kInitiator].bytes));
  judge(flow, series);
}

void Beacon::judge(const Flow& flow, const Series& series) const {
  if (series.begun.size() < kLeast) return;
  const BeaconScore score = beacon_score(series.begun, series.sent);
  if (score.total() < kSuspicious || score.timing < kSuspicious) return;
  Finding finding =
      finding_about(flow, "beacon", FindingKind::kBeacon,
                    score.total() >= kStrong && !is_private(flow.key) ? Severity::kMedium : Severity::kLow);
  finding.slow = true;
  finding.first = Nanoseconds(series.begun.front() * 1'000'000);
  finding.packets = series.packets;
  finding.bytes = series.bytes;
  finding.score = score.total();
  finding.threshold = kSuspicious;
  finding.why = fmt::format(
      "{} connections between {}, every {:.1f} s (regularity {:.2f}), {:.0f} bytes sent each (alike {:.2f}), "
      "evenly "
      "over the time ({:.2f})",
      series.connections, flow_ends_text(flow), score.median_interval / 1000, score.timing, score.median_size,
      score.size, score.histogram);
  raise(std::move(finding));
}

std::size_t Beacon::memory() const {
  constexpr std::size_t kSeries = kMostKept * (sizeof(std::int64_t) + sizeof(double));
  return series_.memory() + series_.size() * kSeries;
}

}  // namespace vedette
