// Floods: SYN, UDP, ICMP, and by volume, each per destination (src/detect/flood_load.h has the classes and
// their floors). A class is convicted where its packets a second stand above its floor and, by CUSUM, above
// what is usual of this destination (src/detect/cusum.h). Counted is what isn't answered: handshakes that are
// completed and flows that are answered make a busy server, not a victim, and so does a scan, which asks each
// port once, not make one.
//
// Entropy of the sources (src/detect/entropy.h) tells forged ones from one's own. Bounded: 4,096
// destinations, of which the busiest stay.
#pragma once

#include <array>
#include <vector>

#include "detect/detector.h"
#include "detect/flood_load.h"
#include "detect/heavy_table.h"

namespace vedette {

class Floods final : public Detector {
 public:
  explicit Floods(Raise raise);
  using Detector::take;
  void take(const FlowStep& step) override;
  void tick(Nanoseconds now) override;
  void finish() override;
  [[nodiscard]] std::size_t memory() const override;

  static constexpr std::size_t kDestinations = 4096;
  static constexpr std::size_t kDetails = 256;

 private:
  using Victims = HeavyTable<FloodVictim>;
  using Entry = Victims::Entry;

  void take_tcp(const FlowStep& step);
  void take_datagram(const FlowStep& step, FloodClass flood);
  void take_icmp(const FlowStep& step);

  Entry& victim(const vdt_address& address, std::uint8_t ip_version, Nanoseconds now);
  // Packets of a flow that nobody has answered: of its first three in `flood`, of a longer one as held.
  void ask_first(const FlowStep& step, FloodClass flood);
  void ask(Entry& entry, const FlowStep& step, FloodClass flood, double packets);
  // So many that were asked have got their answer.
  void answer(const vdt_address& address, std::uint8_t ip_version, FloodClass flood, double packets);
  void count_detail(FloodLoad& load, const FlowStep& step);
  void settle(Entry& entry, Nanoseconds now);
  void judge(Entry& entry, FloodClass flood, Nanoseconds now, bool ends);
  [[nodiscard]] bool is_scan(FloodClass flood, const FloodLoad& load) const;
  void convict(Entry& entry, FloodClass flood, Nanoseconds now);
  void release(FloodLoad& load);

  Victims victims_;
  std::vector<Entry*> active_;  // entries never move
  std::vector<FloodDetail> details_;
};

}  // namespace vedette
