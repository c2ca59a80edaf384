#include "act/solicited_only.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "kernel/local_addresses.h"
#include "kernel/wall_clock.h"

namespace vedette {

namespace {

vdt_solicited_host key_of(const Prefix& address) {
  vdt_solicited_host key{};
  key.address = address.address;
  key.ip_version = address.ip_version;
  return key;
}

SolicitedHost host_of(const vdt_solicited_host& key, const vdt_solicited_rule& rule) {
  SolicitedHost host;
  host.address = prefix_of(key.address, key.ip_version, Prefix::longest(key.ip_version));
  for (const std::uint16_t port : rule.ports)
    if (port != 0) host.ports.push_back(port);
  if (rule.tcp_until_ns > WallClock::monotonic_now_ns()) {
    host.tcp_until = WallClock().at(rule.tcp_until_ns);
    for (const std::uint16_t port : rule.tcp_ports)
      if (port != 0) host.tcp_ports.push_back(port);
  }
  host.tcp = rule.flags & VDT_SOLICITED_TCP;
  host.observe = rule.flags & VDT_SOLICITED_OBSERVE;
  host.passed_packets = rule.passed_packets;
  host.dropped_packets = rule.dropped_packets;
  host.dropped_bytes = rule.dropped_bytes;
  host.tcp_dropped_packets = rule.tcp_dropped_packets;
  return host;
}

void put_ports(const std::vector<std::uint16_t>& ports, std::uint16_t (&to)[VDT_SOLICITED_PORTS]) {
  std::ranges::fill(to, std::uint16_t{0});
  std::copy_n(ports.begin(), std::min<std::size_t>(ports.size(), VDT_SOLICITED_PORTS), to);
}

// Where that can't be told, it is taken for one.
bool is_own(const Prefix& address) {
  const auto local = LocalAddresses::now();
  return !local || local->holds(address.address, address.ip_version);
}

std::unexpected<Error> not_own(const Prefix& address) {
  return unusable(prefix_text(address), "is no address of this host, whose sockets are TCP's state");
}

Result<void> read_ports(std::string_view text, const std::string& where, std::vector<std::uint16_t>& ports) {
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('+', at), text.size());
    const char *first = text.data() + at, *last = text.data() + end;
    std::uint16_t port = 0;
    const auto read = std::from_chars(first, last, port);
    if (read.ec != std::errc() || read.ptr != last || port == 0)
      return unusable(where,
                      fmt::format("expected ports from 1 to 65535 with + between them, found {}", text));
    ports.push_back(port);
    at = end + 1;
  }
  return {};
}

}  // namespace

Result<SolicitedHost> parse_solicited_host(std::string_view text) {
  constexpr std::string_view kPorts = "ports=";
  SolicitedHost host;
  const std::string where = fmt::format("solicited only \"{}\"", text);
  const std::string_view address = text.substr(0, text.find(','));
  const auto parsed = parse_prefix(address);
  if (!parsed) return std::unexpected(parsed.error());
  host.address = *parsed;
  for (std::size_t at = address.size(); at < text.size();) {
    const std::size_t end = std::min(text.find(',', at + 1), text.size());
    const std::string_view word = text.substr(at + 1, end - at - 1);
    at = end;
    if (word == "tcp") {
      host.tcp = true;
    } else if (word == "observe") {
      host.observe = true;
    } else if (word.starts_with(kPorts)) {
      if (auto read = read_ports(word.substr(kPorts.size()), where, host.ports); !read)
        return std::unexpected(read.error());
    } else {
      return unusable(where, fmt::format("expected ports=PORT+PORT, tcp or observe, found {}", word));
    }
  }
  return host;
}

Result<std::unique_ptr<SolicitedOnly>> SolicitedOnly::open(Guard& guard, bool egress) {
  const auto hosts = guard.map_fd("solicited_hosts");
  if (!hosts) return std::unexpected(hosts.error());
  std::unique_ptr<SolicitedOnly> made(new SolicitedOnly(guard, egress, *hosts));
  made->follow();
  return made;
}

std::optional<vdt_solicited_rule> SolicitedOnly::find(const Prefix& address) const {
  const vdt_solicited_host key = key_of(address);
  vdt_solicited_rule rule{};
  if (bpf_map_lookup_elem(hosts_, &key, &rule) != 0) return std::nullopt;
  return rule;
}

Result<SolicitedHost> SolicitedOnly::write(const Prefix& address, const vdt_solicited_rule& rule) {
  const vdt_solicited_host key = key_of(address);
  if (bpf_map_update_elem(hosts_, &key, &rule, BPF_ANY) != 0)
    return busy(prefix_text(address), fmt::format("can't be put: {}", std::strerror(errno)),
                fmt::format("at most {} addresses", VDT_SOLICITED_HOSTS));
  follow();
  return host_of(key, rule);
}

Result<SolicitedHost> SolicitedOnly::put(const SolicitedHost& host) {
  const std::string where = prefix_text(host.address);
  if (host.address.length != Prefix::longest(host.address.ip_version))
    return unusable(where, "expected an address, found a network");
  if (!egress_)
    return unusable(where, "what leaves isn't seen, and so not what was asked for", "without --no-egress");
  if (host.ports.size() > VDT_SOLICITED_PORTS)
    return unusable(where, fmt::format("at most {} served ports expected, {} found", VDT_SOLICITED_PORTS,
                                       host.ports.size()));
  if (host.tcp && !is_own(host.address)) return not_own(host.address);
  const std::lock_guard lock(mutex_);
  vdt_solicited_rule rule = find(host.address).value_or(vdt_solicited_rule{});
  rule.flags = 0;
  if (host.tcp) rule.flags |= VDT_SOLICITED_TCP;
  if (host.observe) rule.flags |= VDT_SOLICITED_OBSERVE;
  put_ports(host.ports, rule.ports);
  return write(host.address, rule);
}

Result<SolicitedHost> SolicitedOnly::defend(const Prefix& address,
                                            const std::vector<std::uint16_t>& tcp_ports, Nanoseconds ttl) {
  if (!is_own(address)) return not_own(address);
  const std::lock_guard lock(mutex_);
  auto rule = find(address);
  if (!rule) return unusable(prefix_text(address), "takes what wasn't asked for too");
  rule->tcp_until_ns = WallClock::monotonic_now_ns() + static_cast<std::uint64_t>(ttl.count());
  put_ports(tcp_ports, rule->tcp_ports);
  return write(address, *rule);
}

std::vector<SolicitedHost> SolicitedOnly::ended() {
  const std::lock_guard lock(mutex_);
  std::vector<SolicitedHost> ended;
  for (auto& [key, rule] : read_rules()) {
    const SolicitedHost host = host_of(key, rule);
    if (rule.tcp_until_ns == 0 || host.tcp_until) continue;
    rule.tcp_until_ns = 0;
    std::ranges::fill(rule.tcp_ports, std::uint16_t{0});
    if (auto written = write(host.address, rule)) ended.push_back(std::move(*written));
  }
  return ended;
}

Result<std::optional<SolicitedHost>> SolicitedOnly::erase(const Prefix& address) {
  const std::lock_guard lock(mutex_);
  const auto gone = find(address);
  if (!gone) return std::nullopt;
  const vdt_solicited_host key = key_of(address);
  if (bpf_map_delete_elem(hosts_, &key) != 0)
    return failed(prefix_text(address), fmt::format("can't be taken away: {}", std::strerror(errno)));
  follow();
  return host_of(key, *gone);
}

std::vector<SolicitedHost> SolicitedOnly::all() {
  const std::lock_guard lock(mutex_);
  return read_all();
}

std::vector<std::pair<vdt_solicited_host, vdt_solicited_rule>> SolicitedOnly::read_rules() const {
  std::vector<std::pair<vdt_solicited_host, vdt_solicited_rule>> rules;
  vdt_solicited_host key{};
  vdt_solicited_rule rule{};
  for (const void* from = nullptr; bpf_map_get_next_key(hosts_, from, &key) == 0; from = &key)
    if (bpf_map_lookup_elem(hosts_, &key, &rule) == 0) rules.emplace_back(key, rule);
  return rules;
}

std::vector<SolicitedHost> SolicitedOnly::read_all() const {
  std::vector<SolicitedHost> all;
  for (const auto& [key, rule] : read_rules()) all.push_back(host_of(key, rule));
  std::ranges::sort(all, {}, &SolicitedHost::address);
  return all;
}

void SolicitedOnly::follow() {
  const std::vector<SolicitedHost> hosts = read_all();
  std::uint32_t guards = 0;
  if (!hosts.empty()) guards |= VDT_GUARD_UDP;
  if (std::ranges::any_of(hosts, [](const SolicitedHost& one) { return one.tcp || one.tcp_until; }))
    guards |= VDT_GUARD_TCP;
  guard_.set_guards(VDT_GUARD_UDP | VDT_GUARD_TCP, guards);
}

}  // namespace vedette
