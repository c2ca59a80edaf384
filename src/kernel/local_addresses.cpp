#include "kernel/local_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace vedette {

namespace {

std::string entry(const vdt_address& address, std::uint8_t ip_version) {
  std::string text(1, static_cast<char>(ip_version));
  return text.append(reinterpret_cast<const char*>(address.bytes), sizeof address.bytes);
}

}  // namespace

Result<LocalAddresses> LocalAddresses::now() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return failed("local addresses", std::strerror(errno));
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned(list, freeifaddrs);
  LocalAddresses all;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    vdt_address address{};
    if (each->ifa_addr == nullptr) continue;
    if (each->ifa_addr->sa_family == AF_INET) {
      sockaddr_in inet{};
      std::memcpy(&inet, each->ifa_addr, sizeof inet);
      std::memcpy(address.bytes, &inet.sin_addr, sizeof inet.sin_addr);
      all.known_.insert(entry(address, 4));
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 inet6{};
      std::memcpy(&inet6, each->ifa_addr, sizeof inet6);
      std::memcpy(address.bytes, &inet6.sin6_addr, sizeof inet6.sin6_addr);
      all.known_.insert(entry(address, 6));
    }
  }
  return all;
}

bool LocalAddresses::holds(const vdt_address& address, std::uint8_t ip_version) const {
  if (ip_version == 4) {
    // 127/8 (RFC 1122), 224/4 (RFC 5771), 255.255.255.255 (RFC 919).
    if (address.bytes[0] == 127 || (address.bytes[0] & 0xf0) == 0xe0 || address.words[0] == 0xffffffff)
      return true;
  } else if (address.bytes[0] == 0xff) {
    return true;  // ff00::/8 (RFC 4291)
  }
  return known_.contains(entry(address, ip_version));
}

}  // namespace vedette
