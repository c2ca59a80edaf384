// The sources that came most often, of each of several groups, in memory that no number of forged sources
// grows: detect/heavy_table.h's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "abi/packet.h"
#include "detect/heavy_table.h"

namespace vedette {

struct ReplayCount {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // on the wire, without FCS

  void add(std::uint64_t length) {
    packets++;
    bytes += length;
  }
  void add(const ReplayCount& other) {
    packets += other.packets;
    bytes += other.bytes;
  }
  bool operator==(const ReplayCount&) const = default;
};

struct BusySource {
  std::uint32_t group = 0;
  std::uint8_t ip_version = 0;
  vdt_address address{};
  ReplayCount all;
  ReplayCount dropped;  // or would have been
};

// One thread.
class BusySources {
 public:
  BusySources() : table_(kKept) {}

  // A packet with an IP header, of a group that the caller numbers.
  void add(std::uint32_t group, const vdt_packet_core& core, bool dropped);

  // The busiest of a group, at most so many, who had most dropped first. Valid until the next packet.
  [[nodiscard]] std::span<const BusySource> of(std::uint32_t group, std::size_t most);

  // How often a source was forgotten for another one.
  [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

 private:
  static constexpr std::size_t kKept = 1U << 16;  // of all groups

  struct Counted {
    ReplayCount all;
    ReplayCount dropped;
    [[nodiscard]] std::uint64_t weight() const { return all.packets; }
  };

  HeavyTable<Counted> table_;
  std::vector<BusySource> in_order_;  // by group; empty where packets came since
  std::uint64_t given_up_ = 0;
};

}  // namespace vedette
