// Who looks for a network's hosts by ARP (RFC 826), as nmap -sn, arp-scan and netdiscover do. Answers go to
// the asker alone, so a switch's other ports see none of them, and a router asks for many hosts by its trade:
// what convicts is addresses that are asked for in a row, or a whole network of them.
//
// One finding (host_scan) for each source. Bounded: kMost sources.
#pragma once

#include <cstddef>

#include "detect/bounded_table.h"
#include "detect/detector.h"
#include "detect/hyperloglog.h"
#include "detect/telling.h"

namespace vedette {

class ArpSweep {
 public:
  static constexpr std::size_t kMost = 4'096;  // sources; 0.5 KiB each

  explicit ArpSweep(Detector::Raise raise) : raise_(std::move(raise)) {}

  void take(const Packet& packet);
  [[nodiscard]] std::size_t sources() const { return sources_.size(); }
  [[nodiscard]] std::size_t memory() const { return sources_.memory(); }

 private:
  struct Source {
    Nanoseconds first{};
    Nanoseconds last{};
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    HyperLogLog targets;
    std::uint32_t target = 0;   // the latest
    std::uint32_t run = 0;      // so many of them each followed the one before
    std::uint32_t longest = 0;  // run
    Telling telling;            // of targets
  };

  void raise(const Packet& packet, Source& source) const;

  Detector::Raise raise_;
  BoundedTable<Source> sources_{kMost};
};

}  // namespace vedette
