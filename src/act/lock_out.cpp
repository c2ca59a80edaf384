#include "act/lock_out.h"

#include <net/route.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "kernel/local_addresses.h"
#include "kernel/proc_socket_table.h"

namespace vedette {

namespace {

constexpr std::uint16_t kSshPort = 22;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kEphemeralPort = 32768;  // the first that Linux asks from (ip_local_port_range)
constexpr auto kRecent = std::chrono::seconds(1);
constexpr const char* kWorking = "you are working from there";
constexpr const char* kLoggedIn = "somebody is logged in from there";

Prefix host(const vdt_address& address, std::uint8_t ip_version) {
  return {.address = address, .ip_version = ip_version, .length = Prefix::longest(ip_version)};
}

vdt_address from_bytes(const std::string& hex) {
  vdt_address address{};
  for (std::size_t at = 0; at < hex.size() / 2 && at < sizeof address.bytes; at++)
    address.bytes[at] = static_cast<std::uint8_t>(std::stoul(hex.substr(at * 2, 2), nullptr, 16));
  return address;
}

template <typename Take>
void for_each_line(const char* path, Take&& take) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) take(line);
}

void add_own(std::vector<Untouchable>& all) {
  const auto own = LocalAddresses::now();
  if (!own) return;
  own->for_each([&](const vdt_address& address, std::uint8_t ip_version) {
    all.push_back(
        {.address = host(address, ip_version), .what = "it is this host's own address", .local = {}});
  });
}

void add_gateways(std::vector<Untouchable>& all) {
  for_each_line("/proc/thread-self/net/route", [&](const std::string& line) {
    char name[32];
    unsigned destination = 0, gateway = 0, flags = 0;
    if (std::sscanf(line.c_str(), "%31s %x %x %x", name, &destination, &gateway, &flags) != 4) return;
    if (!(flags & RTF_GATEWAY) || destination != 0) return;
    vdt_address address{};
    address.words[0] = gateway;  // written as a number of this host
    all.push_back({.address = host(address, 4), .what = "it is a default gateway", .local = {}});
  });
  for_each_line("/proc/thread-self/net/ipv6_route", [&](const std::string& line) {
    char destination[40], source[40], gateway[40];
    unsigned length = 0, source_length = 0, metric = 0, references = 0, uses = 0, flags = 0;
    if (std::sscanf(line.c_str(), "%39s %x %39s %x %39s %x %x %x %x", destination, &length, source,
                    &source_length, gateway, &metric, &references, &uses, &flags) == 9 &&
        (flags & RTF_GATEWAY) && length == 0)
      all.push_back({.address = host(from_bytes(gateway), 6),
                     .what = "it is a default gateway",
                     .protocol = IPPROTO_ICMPV6,
                     .local = {}});
  });
}

void add_resolvers(std::vector<Untouchable>& all) {
  for_each_line("/etc/resolv.conf", [&](const std::string& line) {
    std::istringstream words(line);
    std::string keyword, address;
    if (!(words >> keyword >> address) || keyword != "nameserver") return;
    if (const auto prefix = parse_prefix(address.substr(0, address.find('%'))))
      all.push_back({.address = *prefix,
                     .what = "it is a name server of this host (/etc/resolv.conf)",
                     .protocol = IPPROTO_UDP,
                     .remote_port = kDnsPort,
                     .local_port = kEphemeralPort,
                     .local = {}});
  });
}

// Open TCP connections to ports of this host that listen: those to SSH's, where `all_of_ssh`, and those from
// the addresses, which are in order.
std::vector<Untouchable> open_connections(const std::vector<Prefix>& from, bool all_of_ssh,
                                          const char* what) {
  std::set<std::uint16_t> listening;
  std::vector<Untouchable> all;
  for_each_proc_socket([&](const ProcSocket& socket) {
    if (socket.protocol != IPPROTO_TCP) return;
    if (socket.state == TCP_LISTEN) listening.insert(socket.local.port);
    if (socket.state != TCP_ESTABLISHED) return;
    const Prefix remote = host(socket.remote.address, socket.ip_version);
    const bool ssh = socket.local.port == kSshPort;
    if (!(ssh && all_of_ssh) && !std::ranges::binary_search(from, remote)) return;
    all.push_back({.address = remote,
                   .what = ssh ? "an SSH session is open from there" : what,
                   .protocol = IPPROTO_TCP,
                   .remote_port = socket.remote.port,
                   .local_port = socket.local.port,
                   .local = host(socket.local.address, socket.ip_version)});
  });
  // Whoever listened on SSH's may do so no more.
  std::erase_if(all, [&](const Untouchable& one) {
    return one.local_port != kSshPort && !listening.contains(one.local_port);
  });
  std::ranges::stable_partition(all, [](const Untouchable& one) { return one.local_port == kSshPort; });
  return all;
}

// Nothing tells which of their connections is sshd's: all of them are kept.
void add_sessions(SshSessions by_ssh, const LoginRecords& records, std::vector<Untouchable>& all) {
  const std::vector<Prefix> logged_in = logged_in_from(records);
  const bool all_of_ssh = by_ssh == SshSessions::kConnected || !records_logins(records);
  all = open_connections(logged_in, all_of_ssh, kLoggedIn);
  for (const Prefix& from : logged_in) all.push_back({.address = from, .what = kLoggedIn, .local = {}});
}

KeptPeer kept(const Untouchable& one) {
  return {.remote = one.address,
          .local = one.local,
          .protocol = one.protocol,
          .remote_port = one.remote_port,
          .local_port = one.local_port,
          .what = one.what};
}

bool is_loopback(const Prefix& address) {
  static const std::array kLoopback{*parse_prefix("127.0.0.0/8"), *parse_prefix("::1")};
  return std::ranges::any_of(kLoopback, [&](const Prefix& one) { return one.holds(address); });
}

}  // namespace

std::vector<Untouchable> untouchables(SshSessions by_ssh, const LoginRecords& records) {
  std::vector<Untouchable> all;
  add_sessions(by_ssh, records, all);
  add_own(all);
  add_gateways(all);
  add_resolvers(all);
  return all;
}

const Untouchable* held_by(const Prefix& prefix, const std::vector<Untouchable>& all) {
  const auto found =
      std::ranges::find_if(all, [&](const Untouchable& one) { return prefix.holds(one.address); });
  return found == all.end() ? nullptr : &*found;
}

std::shared_ptr<const std::vector<Untouchable>> RecentUntouchables::get() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!all_ || now - asked_ >= kRecent) {
    all_ = std::make_shared<const std::vector<Untouchable>>(untouchables(SshSessions::kLoggedIn));
    asked_ = now;
  }
  return all_;
}

std::vector<KeptPeer> kept_peers(SshSessions by_ssh) {
  std::vector<KeptPeer> peers;
  std::ranges::transform(untouchables(by_ssh), std::back_inserter(peers), kept);
  return peers;
}

std::vector<KeptPeer> gateway_client(const Prefix& address) {
  std::vector<KeptPeer> peers{{.remote = address, .local = {}, .what = kWorking}};
  // A connection within the host, as out of an SSH tunnel, passes none of a sensor's interfaces.
  if (is_loopback(address)) return peers;
  for (const Untouchable& one : open_connections({address}, false, kWorking))
    if (one.address == address) peers.push_back(kept(one));
  return peers;
}

Result<KeptPeer> operator_session(const std::string& text) {
  std::istringstream words(text);
  std::string remote, local;
  KeptPeer peer{.remote = {}, .local = {}, .protocol = 0, .what = kWorking};
  words >> remote;
  const auto address = parse_prefix(remote.substr(0, remote.find('%')));
  if (!address) return std::unexpected(address.error());
  peer.remote = *address;
  if (!(words >> peer.remote_port >> local >> peer.local_port)) return peer;
  if (const auto own = parse_prefix(local.substr(0, local.find('%')))) peer.local = *own;
  peer.protocol = IPPROTO_TCP;
  return peer;
}

}  // namespace vedette
