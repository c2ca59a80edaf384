#include "act/tcp_under_attack.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <set>

#include "kernel/proc_socket_table.h"

namespace vedette {

namespace {

// A tenth of what tells a flood of segments (detect/flood_load.cpp): what is left of one counts.
constexpr double kStillAttacked = 100;  // packets a second

bool is_by_tcp(const Finding& finding) {
  return finding.detector == "syn_flood" || finding.detector == "tcp_flood" ||
         finding.detector == "syn_ack_reflection";
}

bool has(const std::vector<std::uint16_t>& ports, std::uint16_t port) {
  return std::ranges::find(ports, port) != ports.end();
}

}  // namespace

std::vector<std::uint16_t> listening_tcp_ports(const Prefix& address) {
  std::set<std::uint16_t> ports;
  for_each_proc_socket([&](const ProcSocket& socket) {
    if (socket.protocol != IPPROTO_TCP || socket.state != TCP_LISTEN) return;
    // Who listens at any IPv6 address may do so at IPv4's too.
    const bool any = socket.local.address.halves[0] == 0 && socket.local.address.halves[1] == 0;
    const Prefix local =
        prefix_of(socket.local.address, socket.ip_version, Prefix::longest(socket.ip_version));
    if (any || local == address) ports.insert(socket.local.port);
  });
  return {ports.begin(), ports.end()};
}

Result<std::vector<std::uint16_t>> TcpUnderAttack::kept_open(const SolicitedHost& host,
                                                             const Finding& finding) const {
  const std::string where = prefix_text(host.address);
  const auto by_policy = options_.served(host.address, VDT_SOLICITED_PORTS);
  if (!by_policy)
    return unusable(where,
                    fmt::format("the policy lets others in to more than {} TCP ports", VDT_SOLICITED_PORTS));
  std::set<std::uint16_t> ports(by_policy->begin(), by_policy->end());
  for (const std::uint16_t port : options_.listening(host.address)) ports.insert(port);
  for (const std::uint16_t port : host.ports) ports.erase(port);
  if (ports.size() > VDT_SOLICITED_PORTS)
    return unusable(
        where, fmt::format("{} TCP ports are served, and {} can be told", ports.size(), VDT_SOLICITED_PORTS));
  if (finding.detector == "syn_flood" && finding.port &&
      (ports.contains(*finding.port) || has(host.ports, *finding.port)))
    return unusable(where, fmt::format("port {} is served: a SYN proxy answers such a flood", *finding.port));
  return std::vector<std::uint16_t>(ports.begin(), ports.end());
}

void TcpUnderAttack::record(std::string_view what, const Actor& by, const SolicitedHost& host) const {
  if (options_.audit == nullptr) return;
  options_.audit->record(what, by, [&](JsonWriter& json) {
    json.field("address", std::string_view(prefix_text(host.address)));
    if (host.tcp_until) json.field("expires_ns", host.tcp_until->count());
    if (!host.tcp_ports.empty()) {
      json.key("ports");
      json.begin_array();
      for (const std::uint16_t port : host.tcp_ports) json.value(port);
      json.end_array();
    }
  });
}

Response TcpUnderAttack::answer(const Finding& finding, ResponseMode mode, Nanoseconds now) {
  const bool enforces = mode == ResponseMode::kEnforce || mode == ResponseMode::kEnforcePort;
  if (!enforces || !finding.target || !is_by_tcp(finding)) return {};
  Response response;
  for (const SolicitedHost& host : options_.hosts.all()) {
    if (host.tcp || !finding.target->holds(host.address)) continue;
    const auto ports = kept_open(host, finding);
    const auto defended = ports ? options_.hosts.defend(host.address, *ports, options_.ttl)
                                : Result<SolicitedHost>(std::unexpected(ports.error()));
    if (!defended) {
      response.why_not = "TCP isn't let in as an answer alone: " + defended.error().text();
      continue;
    }
    response.action = FindingAction::kLimited;
    response.expires = now + options_.ttl;
    looked_[host.address] = {.dropped = defended->tcp_dropped_packets, .when = now};
    if (host.tcp_until) continue;
    record("solicited_only_tcp", {.kind = ActorKind::kFinding, .finding = finding_id(finding)}, *defended);
    options_.note(fmt::format(
        "finding {}: TCP to {} is let in as an answer alone, but for the ports {}", finding_id(finding),
        prefix_text(host.address),
        ports->empty() ? std::string("that it serves") : fmt::format("{}", fmt::join(*ports, ", "))));
  }
  return response;
}

void TcpUnderAttack::tick(Nanoseconds now) {
  for (const SolicitedHost& host : options_.hosts.ended()) {
    looked_.erase(host.address);
    record("solicited_only_tcp_ended", {.kind = ActorKind::kTime}, host);
    options_.note(fmt::format("TCP to {} is let in as before", prefix_text(host.address)));
  }
  if (looked_.empty()) return;
  for (const SolicitedHost& host : options_.hosts.all()) {
    const auto found = looked_.find(host.address);
    if (found == looked_.end() || !host.tcp_until || now - found->second.when < std::chrono::seconds(1))
      continue;
    Looked& looked = found->second;
    const double seconds = std::chrono::duration<double>(now - looked.when).count();
    const std::uint64_t more = host.tcp_dropped_packets - std::min(looked.dropped, host.tcp_dropped_packets);
    looked = {.dropped = host.tcp_dropped_packets, .when = now};
    if (static_cast<double>(more) < kStillAttacked * seconds || *host.tcp_until - now > options_.ttl / 2)
      continue;
    (void)options_.hosts.defend(host.address, host.tcp_ports, options_.ttl);
  }
}

}  // namespace vedette
