// Data in IPv6 options that nobody reads (Graf, "Messaging over IPv6 Destination Options", 2003; thc-ipv6's
// covert_send6): options of types that IANA hasn't assigned (registry "Destination Options and Hop-by-Hop
// Options", RFC 8200 §4.2), whose receivers pass over them, and padding that isn't zero (RFC 8200 §4.2, RFC
// 4942 §2.1.9.5). Looks at headers between IPv6 and transport alone.
#pragma once

#include "detect/detector.h"
#include "detect/recent_map.h"
#include "detect/service_key.h"

namespace vedette {

class Ipv6CovertChannel final : public Detector {
 public:
  explicit Ipv6CovertChannel(Raise raise) : Detector(std::move(raise)) {}

  void look(const FlowStep& step) override;
  [[nodiscard]] std::size_t memory() const override { return channels_.memory(); }

 private:
  struct Channel {
    Nanoseconds first{};
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;    // on the wire
    std::uint64_t carried = 0;  // bytes in such options
  };

  static constexpr std::size_t kMostChannels = 4096;  // pairs of addresses, 250 bytes each

  RecentMap<ServiceKey, Channel, ServiceHash> channels_{kMostChannels};
};

}  // namespace vedette
