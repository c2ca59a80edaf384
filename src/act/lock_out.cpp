#include "act/lock_out.h"

#include <net/route.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "kernel/local_addresses.h"
#include "kernel/proc_socket_table.h"

namespace vedette {

namespace {

constexpr std::uint16_t kSshPort = 22;

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
    all.push_back({host(address, ip_version), "it is this host's own address"});
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
    all.push_back({host(address, 4), "it is a default gateway"});
  });
  for_each_line("/proc/thread-self/net/ipv6_route", [&](const std::string& line) {
    char destination[40], source[40], gateway[40];
    unsigned length = 0, source_length = 0, metric = 0, references = 0, uses = 0, flags = 0;
    if (std::sscanf(line.c_str(), "%39s %x %39s %x %39s %x %x %x %x", destination, &length, source,
                    &source_length, gateway, &metric, &references, &uses, &flags) == 9 &&
        (flags & RTF_GATEWAY) && length == 0)
      all.push_back({host(from_bytes(gateway), 6), "it is a default gateway"});
  });
}

void add_resolvers(std::vector<Untouchable>& all) {
  for_each_line("/etc/resolv.conf", [&](const std::string& line) {
    std::istringstream words(line);
    std::string keyword, address;
    if (!(words >> keyword >> address) || keyword != "nameserver") return;
    if (const auto prefix = parse_prefix(address.substr(0, address.find('%'))))
      all.push_back({*prefix, "it is a name server of this host (/etc/resolv.conf)"});
  });
}

void add_sessions(std::vector<Untouchable>& all) {
  for_each_proc_socket([&](const ProcSocket& socket) {
    if (socket.protocol == IPPROTO_TCP && socket.local.port == kSshPort && socket.state == TCP_ESTABLISHED)
      all.push_back({host(socket.remote.address, socket.ip_version), "an SSH session is open from there"});
  });
}

}  // namespace

std::vector<Untouchable> untouchables() {
  std::vector<Untouchable> all;
  add_sessions(all);
  add_own(all);
  add_gateways(all);
  add_resolvers(all);
  return all;
}

}  // namespace vedette
