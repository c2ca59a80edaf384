// Horizontal scans: a source that asks many hosts for one port, or whether they are there. Convicted by a
// threshold random walk over the hosts first asked (Jung et al. 2004, detect/random_walk.h), and by how many
// different ones met silence where silence says nothing (UDP).
//
// One finding for each source and port; of a source that scans for several, one more without a port. Bounded:
// kMost pairs of source and port.
#pragma once

#include <cstddef>

#include "detect/bounded_table.h"
#include "detect/contact_walk.h"
#include "detect/detector.h"
#include "detect/telling.h"

namespace vedette {

class HostScan {
 public:
  static constexpr std::size_t kMost = 8'192;         // pairs; less than 1.1 KiB each
  static constexpr std::size_t kMostSources = 4'096;  // of several ports; 0.5 KiB each

  explicit HostScan(Detector::Raise raise) : raise_(std::move(raise)) {}

  void take(const Contact& contact);
  [[nodiscard]] std::size_t pairs() const { return pairs_.size(); }
  [[nodiscard]] std::size_t memory() const { return pairs_.memory() + sources_.memory(); }

 private:
  struct Pair {
    ContactWalk walk;
    Technique technique{};  // as it was convicted; the finding is known by it
    bool convicted = false;
    Telling telling;  // of failures and silences
  };
  struct Source {
    std::uint32_t ports = 0;  // that it was convicted for
    HyperLogLog failed;       // hosts
    Nanoseconds first{};
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    Telling telling;  // of hosts
  };

  void raise(const Contact& contact, Pair& pair);
  void count(const Contact& contact, const Pair& pair, bool convicted_now);

  Detector::Raise raise_;
  BoundedTable<Pair> pairs_{kMost};
  BoundedTable<Source> sources_{kMostSources};
  Nanoseconds udp_answered_ = Nanoseconds::min();  // when one last was
};

}  // namespace vedette
