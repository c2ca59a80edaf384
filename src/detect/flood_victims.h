// Who gets floods: hosts, or networks of one length, with what each gets (src/detect/flood_load.h). A class
// is convicted where its packets a second stand above its floor and, by CUSUM (src/detect/cusum.h), above
// what is usual of this victim. Bounded: of any number of victims the busiest stay.
#pragma once

#include <optional>
#include <vector>

#include "detect/detector.h"
#include "detect/flood_load.h"
#include "detect/heavy_table.h"

namespace vedette {

// What one sender sent one receiver, unanswered so far. Valid during the call.
struct FloodPackets {
  const vdt_address& source;
  const vdt_address& target;
  std::uint8_t ip_version;
  std::optional<std::uint16_t> port;  // of the target
  std::uint8_t tcp_flags;
  std::uint32_t max_length;  // bytes of the longest frame
  std::uint64_t packets;
  double bytes;  // on the wire
  Nanoseconds last;
};

class FloodVictims {
 public:
  FloodVictims(const FloodScope& scope, Detector::Raise raise);

  // Counts them as `flood`, and their bytes where `bytes` says so. True where the victim gets as much of them
  // as a flood has: then they are no other's.
  bool ask(const FloodPackets& packets, FloodClass flood, bool bytes);
  // So many that were asked of this address have got their answer.
  void answer(const vdt_address& address, std::uint8_t ip_version, FloodClass flood, double packets);
  // So many that were asked belong to another class.
  void take_back(const vdt_address& address, std::uint8_t ip_version, FloodClass flood, double packets);
  // The address has opened a flow.
  void open(const vdt_address& address, std::uint8_t ip_version);
  // Whether it has opened as many flows as it gets packets of this class, and any.
  [[nodiscard]] bool has_opened(const vdt_address& address, std::uint8_t ip_version, FloodClass flood,
                                Nanoseconds now);
  void tick(Nanoseconds now);
  void finish();
  [[nodiscard]] std::size_t memory() const;

 private:
  using Victims = HeavyTable<FloodVictim>;
  using Entry = Victims::Entry;

  [[nodiscard]] HeavyKey key_of(const vdt_address& address, std::uint8_t ip_version) const;
  Entry& at(const HeavyKey& key, Nanoseconds now);
  bool count(Entry& entry, const FloodPackets& packets, FloodClass flood, double count);
  void count_detail(FloodLoad& load, const FloodPackets& packets);
  void settle(Entry& entry, Nanoseconds now);
  void judge(Entry& entry, FloodClass flood, Nanoseconds now, bool ends);
  [[nodiscard]] bool is_scan(FloodClass flood, const FloodLoad& load) const;
  [[nodiscard]] bool is_spread(const FloodLoad& load) const;
  void convict(Entry& entry, FloodClass flood, Nanoseconds now);
  void release(FloodLoad& load);
  [[nodiscard]] const FloodDetail* detail_of(const FloodLoad& load) const {
    return load.detail == FloodLoad::kNoDetail ? nullptr : &details_[load.detail];
  }

  FloodScope scope_;
  Detector::Raise raise_;
  Victims victims_;
  std::vector<Entry*> active_;  // entries never move
  std::vector<FloodDetail> details_;
};

}  // namespace vedette
