// Ways that a sender chooses for its packets: IPv4 source routes (RFC 791; RFC 7126 drops them) and IPv6's
// routing header of type 0 (RFC 5095 forbids it).
#pragma once

#include "detect/detector.h"
#include "detect/finding_tally.h"

namespace vedette {

class IpOptions final : public Detector {
 public:
  explicit IpOptions(const Raise& raise) : Detector(raise), tally_(raise) {}
  using Detector::take;
  void take(const Packet& packet) override;
  void tick(Nanoseconds now) override { tally_.tick(now); }
  void finish() override { tally_.finish(); }
  [[nodiscard]] std::size_t memory() const override { return tally_.memory(); }

 private:
  void look_at_ipv4(const Packet& packet, std::span<const std::uint8_t> header);
  void look_at_ipv6(const Packet& packet, std::span<const std::uint8_t> header);

  FindingTally tally_;
};

}  // namespace vedette
