// ICMP that changes where others' packets go: redirects (RFC 792, RFC 4861; Linux ignores them on routers),
// "packet too big" below IPv6's least MTU, which makes hosts send atomic fragments (RFC 6946, RFC 8021), a
// router's last advertisement (lifetime 0) sent in its name (RFC 4861, 6.2.5; THC-IPv6's kill_router6), and
// more routers than a link has (RFC 6104: rogue RA, flood_router6). Bounded: 1,024 routers, 256 links.
#pragma once

#include <array>

#include "detect/detector.h"
#include "detect/finding_tally.h"
#include "detect/heavy_table.h"

namespace vedette {

class IcmpAbuse final : public Detector {
 public:
  explicit IcmpAbuse(const Raise& raise) : Detector(raise), tally_(raise) {}
  using Detector::take;
  void take(const Packet& packet) override;
  void tick(Nanoseconds now) override { tally_.tick(now); }
  void finish() override { tally_.finish(); }
  [[nodiscard]] std::size_t memory() const override {
    return tally_.memory() + routers_.memory() + links_.memory();
  }

 private:
  struct Router {
    Nanoseconds alive{}, ended{};  // its latest advertisement with a lifetime, and with none
    std::array<std::uint8_t, 6> alive_mac{}, ended_mac{};
    [[nodiscard]] std::uint64_t weight() const {
      return static_cast<std::uint64_t>(std::max(alive, ended).count());
    }
  };

  struct Link {
    Nanoseconds minute{};         // when `new_routers` began
    std::size_t new_routers = 0;  // since then
    [[nodiscard]] std::uint64_t weight() const { return static_cast<std::uint64_t>(minute.count()); }
  };

  void look_at_router(const Packet& packet, std::span<const std::uint8_t> message);

  FindingTally tally_;
  HeavyTable<Router> routers_{1024};
  HeavyTable<Link> links_{256};
};

}  // namespace vedette
