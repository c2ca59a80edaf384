// IP options and extension headers that let a sender choose the way or hide what it says: IPv4 source routes
// (RFC 791; RFC 7126 drops them), IPv6's routing header of type 0 (RFC 5095 forbids it), and options in IPv6
// destination and hop-by-hop headers that IANA never gave out (RFC 8200, 4.2: whoever doesn't know them skips
// them, so they carry anything past who watches) or padding that isn't zero.
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
  void look_at_ipv6_options(const Packet& packet, std::span<const std::uint8_t> options);
  void see(const Packet& packet, std::string_view detector, Severity severity, std::string_view what);

  FindingTally tally_;
};

}  // namespace vedette
