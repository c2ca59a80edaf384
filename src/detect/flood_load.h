// What a flood's victim gets, a host or a network, by classes of packets: how many a second now, how many are
// usual, and, while it may be a flood, from how many sources, to which port.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "abi/flow_key.h"
#include "base/units.h"
#include "detect/cusum.h"
#include "detect/entropy.h"
#include "detect/finding.h"
#include "detect/hyperloglog.h"
#include "detect/space_saving.h"

namespace vedette {

// All that nobody has answered: what is answered is traffic, however much of it there is.
enum FloodClass : std::uint8_t {
  kFloodSyn,       // SYNs whose handshake wasn't completed
  kFloodSynAck,    // SYN/ACKs to who sent no SYN, and the RSTs behind them
  kFloodTcp,       // segments of no connection: ACK, RST, FIN and other floods
  kFloodUdp,       // datagrams in flows of three or fewer
  kFloodIcmp,      // all ICMP, answered echoes too
  kFloodFragment,  // IP fragments
  kFloodOther,     // other protocols' packets in flows of three or fewer
  kFloodTunnel,    // flows within tunnels, at the tunnel's own end
  kFloodHeld,      // packets of longer one-way flows, of any protocol
  kFloodBytes,     // bytes on the wire of all those
  kFloodClasses,
};

struct FloodKind {
  std::string_view detector;
  FindingKind kind;
  double floor;  // a second, of one host: less is none, however unusual
  std::string_view what;
};

// Floors: the defaults of Junos' screens (512 SYNs, 1,000 datagrams and 1,000 ICMP packets a second to one
// destination raise its alarm; TCP, fragments, other protocols and tunnels are held to the same 1,000), and
// where flows are long enough to be somebody's one-way transfer those of FastNetMon (20,000 packets, 1 Gbit a
// second).
[[nodiscard]] const FloodKind& flood_kind(FloodClass flood);

struct SameAddress {
  bool operator()(const vdt_address& left, const vdt_address& right) const {
    return left.halves[0] == right.halves[0] && left.halves[1] == right.halves[1];
  }
};

// Who sends and where to, kept of few victims at a time.
struct FloodDetail {
  static constexpr std::uint32_t kManySources = 64;

  HashedSpread sources;
  SpaceSaving<vdt_address, 8, SameAddress> top_sources;
  SpaceSaving<std::uint16_t, 8> top_ports;
  HyperLogLog targets;  // addresses; of a host there is one
  HyperLogLog asked;    // ports of these addresses, each pair of them
  HashedSpread ports;
  SpaceSaving<std::uint8_t, 4> top_flags;
  SpaceSaving<std::uint32_t, 8> top_lengths;
  bool taken = false;
  // As the finding tells them: fixed when it is raised.
  std::optional<Prefix> source;
  std::optional<std::uint16_t> port;

  // Each source is another, or as good as that: nobody has so many that send so little.
  [[nodiscard]] bool spoofed() const { return sources.distinct() >= 256 && sources.spread() >= 0.8; }
};

struct FloodLoad {
  static constexpr std::uint16_t kNoDetail = 0xffff;

  FloodLoad() : FloodLoad(0) {}
  // `floor`: a second, of its class and victim.
  explicit FloodLoad(double floor) : usual(kWeight, floor * kTickSeconds / 10) {}

  // A minute of ticks is what is usual.
  static constexpr double kTickSeconds = 0.1;
  static constexpr double kWeight = kTickSeconds / 60;

  double asked = 0;     // in this tick, not answered
  double window = 0;    // of the ticks before, weighted by e^-age/second: packets a second
  double answered = 0;  // the same of those that were
  Cusum usual;          // of `asked` a tick
  Nanoseconds since{};  // of the first packet
  Nanoseconds last{};
  std::uint64_t packets = 0, bytes = 0;  // since then
  std::uint16_t detail = kNoDetail;
  bool convicted = false;

  // Packets a second now, those of this tick included.
  [[nodiscard]] double rate() const { return std::max(0.0, window + asked); }
};

// Whose packets are summed. A flood may be spread over a network's addresses, so that each gets little
// ("carpet bombing"); the wider the network, the more it gets from those who scan the internet.
struct FloodScope {
  std::uint8_t bits4, bits6;  // of an address that a victim's packets have in common
  double times;               // so many times a host's floor convicts
  std::size_t victims, details;

  [[nodiscard]] double floor(FloodClass flood) const { return flood_kind(flood).floor * times; }
  [[nodiscard]] bool is_host() const { return bits4 == 32; }
};

// All classes of one victim.
struct FloodVictim {
  std::array<FloodLoad, kFloodClasses> loads;
  Nanoseconds settled{};    // up to here ticks are in the windows
  double opened = 0;        // flows that the host itself opened, weighted as the windows
  std::uint64_t heavy = 0;  // the highest rate over its floor, in thousandths: keeps its place
  bool active = false;      // listed to be settled each tick

  [[nodiscard]] std::uint64_t weight() const { return heavy; }
};

}  // namespace vedette
