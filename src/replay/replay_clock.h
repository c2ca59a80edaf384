// The time that the packet programs are told in a dry run: the capture's, moved to where the programs' clock
// began, and like any clock of the kernel it never goes back.
//
// Packets of a capture may stand a little out of order; such a one comes when the one before it did. Time
// that goes back by more than a second is another capture's, or one whose clock was set: it goes on from
// there. A step of more than ten years is one of ten.
#pragma once

#include <cstdint>

#include "base/units.h"

namespace vedette {

// One thread.
class ReplayClock {
 public:
  // `begin`: what the first packet comes at, in nanoseconds of the programs' clock.
  explicit ReplayClock(std::uint64_t begin_ns) : now_ns_(begin_ns) {}

  // When a packet of this time (since the epoch) comes, in nanoseconds of the programs' clock.
  [[nodiscard]] std::uint64_t at(Nanoseconds time);

  // Packets that came earlier than one before them, by up to a second.
  [[nodiscard]] std::uint64_t out_of_order() const { return out_of_order_; }
  // How often time went back by more.
  [[nodiscard]] std::uint64_t went_back() const { return went_back_; }

 private:
  std::uint64_t now_ns_;
  std::uint64_t offset_ns_ = 0;  // modulo 2^64
  bool begun_ = false;
  std::uint64_t out_of_order_ = 0;
  std::uint64_t went_back_ = 0;
};

}  // namespace vedette
