#include "kernel/link_monitor.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

namespace vedette {

namespace {

struct DefaultRoute {
  std::string interface;
  std::uint64_t metric = std::numeric_limits<std::uint64_t>::max();
};

// proc(5): "Iface Destination Gateway Flags RefCnt Use Metric Mask …", numbers in hex but for the metric.
DefaultRoute default_route_ipv4() {
  constexpr std::uint64_t kUp = 1;
  DefaultRoute best;
  std::ifstream table("/proc/self/net/route");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string interface, destination, gateway, mask;
    std::uint64_t flags = 0, references = 0, uses = 0, metric = 0;
    fields >> interface >> destination >> gateway >> std::hex >> flags >> std::dec >> references >> uses >>
        metric >> mask;
    if (!fields || destination != "00000000" || mask != "00000000" || !(flags & kUp)) continue;
    if (metric < best.metric) best = {interface, metric};
  }
  return best;
}

// proc(5): "destination length source length gateway metric references uses flags interface", all hex.
DefaultRoute default_route_ipv6() {
  constexpr std::uint64_t kReject = 0x200;
  DefaultRoute best;
  std::ifstream table("/proc/self/net/ipv6_route");
  std::string line;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string destination, destination_length, source, source_length, gateway, interface;
    std::uint64_t metric = 0, references = 0, uses = 0, flags = 0;
    fields >> destination >> destination_length >> source >> source_length >> gateway >> std::hex >> metric >>
        references >> uses >> flags >> interface;
    if (!fields || destination_length != "00" || (flags & kReject) || interface == "lo") continue;
    if (metric < best.metric) best = {interface, metric};
  }
  return best;
}

}  // namespace

Result<LinkMonitor> LinkMonitor::open() {
  FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (!socket || bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return failed("rtnetlink", fmt::format("can't be listened to: {}", std::strerror(errno)));
  return LinkMonitor(std::move(socket));
}

bool LinkMonitor::changed() {
  std::array<char, 8192> message{};
  bool any = false;
  for (;;) {
    const ssize_t size = recv(socket_.get(), message.data(), message.size(), 0);
    // ENOBUFS: the kernel had more to say than the socket could hold.
    if (size < 0 && errno != ENOBUFS && errno != EINTR) return any;
    any = true;
  }
}

std::map<int, std::string> LinkMonitor::interfaces() {
  std::map<int, std::string> found;
  struct if_nameindex* all = if_nameindex();
  for (const struct if_nameindex* one = all; one && one->if_index != 0; one++)
    found.emplace(static_cast<int>(one->if_index), one->if_name);
  if (all) if_freenameindex(all);
  return found;
}

Result<std::string> LinkMonitor::default_route_interface() {
  DefaultRoute route = default_route_ipv4();
  if (route.interface.empty()) route = default_route_ipv6();
  if (route.interface.empty())
    return unusable("default route", "there is none, so no interface is known", "name one with -i");
  return route.interface;
}

}  // namespace vedette
