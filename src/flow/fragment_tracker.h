// Later fragments carry no ports: this remembers those of each first fragment (by addresses and
// identification; RFC 791 §3.2 adds the protocol, RFC 8200 §4.5 does not), so that later ones join its flow.
// A later fragment that comes before its first one, or whose first one was not captured, stays without ports,
// and is counted. Bounded: the oldest datagram of a set of four gives way. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "abi/packet.h"
#include "base/units.h"

namespace vedette {

class FragmentTracker {
 public:
  // A first fragment: remembers its ports. A later one: fills `key`'s ports (and IPv6 protocol) from its
  // first one's and gives true, or gives false where that one is not known. `core` has VDT_FACT_FRAGMENT;
  // `key` is a copy of its key.
  bool resolve(const vdt_packet_core& core, Nanoseconds now, vdt_flow_key& key);

  // Later fragments whose first one was not known.
  [[nodiscard]] std::uint64_t unknown() const { return unknown_; }
  [[nodiscard]] std::size_t memory() const { return datagrams_.capacity() * sizeof(Datagram); }

  // How long a first fragment is remembered: what Linux waits for the rest (net.ipv4.ipfrag_time).
  static constexpr Nanoseconds kRemembered = std::chrono::seconds(30);

 private:
  struct Datagram {
    vdt_flow_key key{};  // ports 0, in IPv6 protocol 0 too; ip_version 0 = empty place
    std::uint32_t id = 0;
    std::uint16_t src_port = 0;
    std::uint16_t dst_port = 0;
    std::uint8_t protocol = 0;
    Nanoseconds first{};
  };

  static constexpr std::size_t kSets = 1024;
  static constexpr std::size_t kWays = 4;

  [[nodiscard]] Datagram* set_of(const vdt_flow_key& key, std::uint32_t id);

  std::vector<Datagram> datagrams_;  // allocated by the first fragment
  std::uint64_t unknown_ = 0;
};

}  // namespace vedette
