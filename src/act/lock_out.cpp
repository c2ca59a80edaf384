#include "act/lock_out.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "kernel/local_addresses.h"

namespace vedette {

namespace {

constexpr unsigned kEstablished = 1;  // TCP_ESTABLISHED
constexpr unsigned kSshPort = 22;
constexpr unsigned kGatewayFlag = 2;  // RTF_GATEWAY

Prefix host(const vdt_address& address, std::uint8_t ip_version) {
  return {.address = address, .ip_version = ip_version, .length = Prefix::longest(ip_version)};
}

// /proc/net/tcp and tcp6 write an address as 32-bit words of the machine's order, in hex.
vdt_address from_words(const std::string& hex) {
  vdt_address address{};
  for (std::size_t word = 0; word < hex.size() / 8 && word < 4; word++)
    address.words[word] = static_cast<std::uint32_t>(std::stoul(hex.substr(word * 8, 8), nullptr, 16));
  return address;
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
  for_each_line("/proc/net/route", [&](const std::string& line) {
    char name[32], destination[16], gateway[16];
    unsigned flags = 0;
    if (std::sscanf(line.c_str(), "%31s %15s %15s %x", name, destination, gateway, &flags) == 4 &&
        (flags & kGatewayFlag) && std::strcmp(destination, "00000000") == 0)
      all.push_back({host(from_words(gateway), 4), "it is a default gateway"});
  });
  for_each_line("/proc/net/ipv6_route", [&](const std::string& line) {
    char destination[40], source[40], gateway[40];
    unsigned length = 0, source_length = 0, metric = 0, references = 0, uses = 0, flags = 0;
    if (std::sscanf(line.c_str(), "%39s %x %39s %x %39s %x %x %x %x", destination, &length, source,
                    &source_length, gateway, &metric, &references, &uses, &flags) == 9 &&
        (flags & kGatewayFlag) && length == 0)
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

// An IPv4 peer of an IPv6 socket stands as ::ffff:a.b.c.d.
Prefix peer(const std::string& hex) {
  vdt_address address = from_words(hex);
  if (hex.size() <= 8) return host(address, 4);
  constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(address.bytes, kMapped, sizeof kMapped) != 0) return host(address, 6);
  vdt_address inner{};
  inner.words[0] = address.words[3];
  return host(inner, 4);
}

void add_sessions(std::vector<Untouchable>& all) {
  for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"})
    for_each_line(path, [&](const std::string& line) {
      char local[40], remote[40];
      unsigned number = 0, local_port = 0, remote_port = 0, state = 0;
      if (std::sscanf(line.c_str(), " %u: %39[0-9A-F]:%x %39[0-9A-F]:%x %x", &number, local, &local_port,
                      remote, &remote_port, &state) == 6 &&
          local_port == kSshPort && state == kEstablished)
        all.push_back({peer(remote), "an SSH session is open from there"});
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
