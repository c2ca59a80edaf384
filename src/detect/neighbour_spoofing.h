// ARP and ND spoofing: who claims an IP address on the link that another claims too (RFC 826, RFC 5227; RFC
// 4861, RFC 3756). An address that changes its MAC once was given to another host; two MACs that claim it in
// turns within a minute fight for it, and one MAC that does so for several addresses stands between hosts.
// Virtual routers (VRRP: RFC 9568; HSRP; CARP) claim by one MAC, whichever of them is active. Bounded: 4,096
// addresses.
#pragma once

#include <array>

#include "detect/detector.h"
#include "detect/finding_tally.h"
#include "detect/heavy_table.h"

namespace vedette {

class NeighbourSpoofing final : public Detector {
 public:
  explicit NeighbourSpoofing(const Raise& raise) : Detector(raise), tally_(raise) {}
  using Detector::take;
  void take(const Packet& packet) override;
  void tick(Nanoseconds now) override { tally_.tick(now); }
  void finish() override { tally_.finish(); }
  [[nodiscard]] std::size_t memory() const override {
    return tally_.memory() + owners_.memory() + fighters_.memory();
  }

 private:
  using Mac = std::array<std::uint8_t, 6>;
  struct Owner {  // of an IP address
    Mac mac{}, former{};
    Nanoseconds changed{}, claimed{};
    std::uint32_t turns = 0;  // changes back to the former within the time
    [[nodiscard]] std::uint64_t weight() const { return static_cast<std::uint64_t>(claimed.count()); }
  };
  struct Fighter {             // a MAC
    std::uint32_t fights = 0;  // addresses that it and another claim in turns, within the time
    Nanoseconds first{};
    [[nodiscard]] std::uint64_t weight() const { return static_cast<std::uint64_t>(first.count()); }
  };

  void claim(const Packet& packet, const vdt_address& address, std::uint8_t ip_version, const Mac& mac);
  std::uint32_t& fights_of(const Mac& mac, std::uint64_t link, Nanoseconds now);

  FindingTally tally_;
  HeavyTable<Owner> owners_{4096};
  HeavyTable<Fighter> fighters_{1024};
};

}  // namespace vedette
