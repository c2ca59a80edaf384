// Floods: SYN, UDP, ICMP, and by volume, each per destination (src/detect/flood_load.h has the classes and
// their floors, src/detect/flood_victims.h what convicts). Counted is what isn't answered: handshakes that
// are completed and flows that are answered make a busy server, not a victim, and so does a scan, which asks
// each port once, not make one. What no host gets enough of is counted at its network, and what no small
// network does at the wider one.
//
// Entropy of the sources (src/detect/entropy.h) tells forged ones from one's own.
#pragma once

#include <array>

#include "detect/detector.h"
#include "detect/flood_victims.h"

namespace vedette {

class Floods final : public Detector {
 public:
  explicit Floods(const Raise& raise);
  using Detector::take;
  void take(const FlowStep& step) override;
  void tick(Nanoseconds now) override;
  void finish() override;
  [[nodiscard]] std::size_t memory() const override;

  // Hosts, the networks that are announced at the least and a host's own link, and sites. The wider, the more
  // of it all is noise of who scans the internet.
  static constexpr std::array<FloodScope, 3> kScopes{{
      {.bits4 = 32, .bits6 = 128, .times = 1, .victims = 4096, .details = 256},
      {.bits4 = 24, .bits6 = 64, .times = 4, .victims = 1024, .details = 64},
      {.bits4 = 16, .bits6 = 48, .times = 16, .victims = 256, .details = 64},
  }};

 private:
  void take_tcp(const FlowStep& step);
  void take_datagram(const FlowStep& step, FloodClass flood);
  void take_icmp(const FlowStep& step);
  void take_outer(const FlowStep& step);

  // Packets of a flow that nobody has answered: of its first three in `flood`, of a longer one as held.
  void ask_first(const FlowStep& step, FloodClass flood);
  void ask(const FlowStep& step, FloodClass flood, bool bytes = true);
  void ask(const FloodPackets& packets, FloodClass flood, bool bytes);
  // So many that were asked have got their answer.
  void answer(const vdt_address& address, std::uint8_t ip_version, FloodClass flood, double packets);

  std::array<FloodVictims, kScopes.size()> scopes_;
};

}  // namespace vedette
