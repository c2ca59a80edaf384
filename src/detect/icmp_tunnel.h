// Tunnels in ICMP echoes (Daemon9 and Alhambra, "Project Loki", Phrack 49-06, 1996; ptunnel, hans, icmpsh).
// Only what a ping can't be:
// - echoes that carry whole IP packets;
// - answers whose data isn't the request's, which RFC 792 and RFC 4443 §4.2 say it must be;
// - and data of many lengths that follow no ping tool's pattern (a stamp of up to 16 bytes, and behind it one
//   byte again and again, counting bytes, or a short text again and again).
// Looks at echoes' data: live, at those of each flow's first echoes.
#pragma once

#include <array>

#include "detect/detector.h"
#include "detect/recent_map.h"

namespace vedette {

// Whether a ping tool fills its data so.
[[nodiscard]] bool is_ping_data(std::span<const std::uint8_t> data);

class IcmpTunnel final : public Detector {
 public:
  explicit IcmpTunnel(Raise raise) : Detector(std::move(raise)) {}

  void look(const FlowStep& step) override;
  void end(const FlowView& flow) override;
  [[nodiscard]] std::size_t memory() const override { return pings_.memory(); }

 private:
  static constexpr std::size_t kHead = 32;  // bytes

  struct Request {
    std::uint32_t number = 0;  // identifier and sequence number
    std::uint32_t length = 0;  // bytes of data
    std::uint64_t data = 0;    // their hash
    FlowSide side = kInitiator;
    std::array<std::uint8_t, kHead> head{};  // the first of them
  };
  struct Pings {
    std::array<Request, 8> requests{};  // the latest ones
    std::uint32_t asked = 0;            // requests; the next one's place in `requests`
    std::uint32_t packets_within = 0;   // echoes that carry an IP packet
    std::uint32_t false_answers = 0;    // whose data no request held
    std::uint32_t odd = 0;              // echoes whose data no ping tool makes
    std::uint64_t odd_bytes = 0;
    std::uint64_t lengths = 0;  // of those: which of 64 classes of 8 bytes were seen
  };

  static constexpr std::size_t kMostPings = 8192;  // flows of echoes at once, 700 bytes each

  static void match(Pings& pings, const FlowStep& step, bool asks, std::span<const std::uint8_t> data);
  void judge(const FlowStep& step, const Pings& pings) const;

  RecentMap<const Flow*, Pings> pings_{kMostPings};
};

}  // namespace vedette
