// Fragments that no sender has reason to make: overlapping ones (teardrop: CERT CA-1997-28; RFC 5722), a
// datagram longer than IP allows (ping of death: CERT CA-1996-26), and first fragments too small for their
// transport header, or later ones that write into it (RFC 1858, RFC 3128, RFC 7112). Bounded: 4,096
// datagrams, 16 pieces of each.
#pragma once

#include <array>

#include "detect/detector.h"
#include "detect/finding_tally.h"
#include "detect/heavy_table.h"

namespace vedette {

class FragmentAttack final : public Detector {
 public:
  explicit FragmentAttack(const Raise& raise) : Detector(raise), tally_(raise) {}
  using Detector::take;
  void take(const Packet& packet) override;
  void tick(Nanoseconds now) override { tally_.tick(now); }
  void finish() override { tally_.finish(); }
  [[nodiscard]] std::size_t memory() const override { return tally_.memory() + datagrams_.memory(); }

 private:
  struct Piece {
    std::uint32_t begin = 0, end = 0;  // bytes of the datagram's payload
  };
  struct Datagram {
    std::array<Piece, 16> pieces{};
    std::uint32_t count = 0;
    Nanoseconds last{};
    [[nodiscard]] std::uint64_t weight() const { return static_cast<std::uint64_t>(last.count()); }
  };

  void look_for_overlap(const Packet& packet, Piece piece);

  FindingTally tally_;
  HeavyTable<Datagram> datagrams_{4096};
};

}  // namespace vedette
