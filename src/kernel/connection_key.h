// From a flow's key to the keys under which the kernel's socket programs keep a connection: either end of a
// flow may be a socket of this host, on loopback both are.
#pragma once

#include <array>
#include <cstdint>

#include "abi/connection.h"

namespace vedette {

// Which end of a flow a local socket is.
enum class SocketEnd { kSource, kDestination };

// The connection as the socket at `end` sees it; VLAN, tunnel and interface are no part of it.
[[nodiscard]] inline vdt_connection_key connection_key(const vdt_flow_key& flow, SocketEnd end,
                                                       std::uint64_t netns) {
  const bool source = end == SocketEnd::kSource;
  vdt_connection_key key{};
  key.local = source ? flow.src : flow.dst;
  key.remote = source ? flow.dst : flow.src;
  key.netns = netns;
  key.local_port = source ? flow.src_port : flow.dst_port;
  key.remote_port = source ? flow.dst_port : flow.src_port;
  key.ip_version = flow.ip_version;
  return key;
}

// A packet that comes in is for its destination, so that end is asked first.
inline constexpr std::array kSocketEnds = {SocketEnd::kDestination, SocketEnd::kSource};

}  // namespace vedette
