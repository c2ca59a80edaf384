// DHCP (RFC 2131): starvation, where requests in the name of ever new hardware addresses use up a server's
// leases (RFC 7819; yersinia, dhcpstarv), and more servers than one that offer addresses on a link. Bounded:
// 256 servers, a sketch of the hardware addresses.
#pragma once

#include "detect/detector.h"
#include "detect/entropy.h"
#include "detect/finding_tally.h"
#include "detect/heavy_table.h"

namespace vedette {

class DhcpAbuse final : public Detector {
 public:
  explicit DhcpAbuse(const Raise& raise) : Detector(raise), tally_(raise) {}
  using Detector::take;
  void take(const Packet& packet) override;
  void tick(Nanoseconds now) override { tally_.tick(now); }
  void finish() override { tally_.finish(); }
  [[nodiscard]] std::size_t memory() const override { return tally_.memory() + links_.memory(); }

 private:
  struct Link {
    HashedSpread clients;  // since `minute`
    Nanoseconds minute{};
    vdt_address server{};  // the latest that offered
    Nanoseconds offered{};
    [[nodiscard]] std::uint64_t weight() const { return static_cast<std::uint64_t>(minute.count()); }
  };

  void take_request(const Packet& packet, Link& link, std::span<const std::uint8_t> message);
  void take_offer(const Packet& packet, Link& link, std::span<const std::uint8_t> message);

  FindingTally tally_;
  HeavyTable<Link> links_{256};
};

}  // namespace vedette
