// Vertical scans: a source that asks for many ports of one host. Convicted by a threshold random walk over
// the ports first asked for (Jung et al. 2004, detect/random_walk.h), and by how many different ones met
// silence where silence says nothing (UDP scans, ACK scans through a filter).
//
// One finding for each source and host. Bounded: kMost pairs of them.
#pragma once

#include <cstddef>

#include "detect/bounded_table.h"
#include "detect/contact_walk.h"
#include "detect/detector.h"
#include "detect/telling.h"

namespace vedette {

class PortScan {
 public:
  static constexpr std::size_t kMost = 8'192;  // pairs; less than 1.1 KiB each

  explicit PortScan(Detector::Raise raise) : raise_(std::move(raise)) {}

  void take(const Contact& contact);
  [[nodiscard]] std::size_t pairs() const { return pairs_.size(); }
  [[nodiscard]] std::size_t memory() const { return pairs_.memory(); }

 private:
  struct Pair {
    ContactWalk walk;
    Technique technique{};  // as it was convicted; the finding is known by it
    bool convicted = false;
    Telling telling;  // of failures and silences
  };

  void raise(const Contact& contact, Pair& pair) const;

  Detector::Raise raise_;
  BoundedTable<Pair> pairs_{kMost};
};

}  // namespace vedette
