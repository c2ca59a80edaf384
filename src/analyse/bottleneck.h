// Where it became slow: a ratio (round-trip time a handshake, retransmissions a packet, drops a packet) that
// rose between two windows, split by interface, by peer network or by process. A whole's mean can rise
// although no part's does, because traffic moved to the slower parts (Simpson's paradox): so each part's
// share of the rise is taken apart into what became worse within it, and what came of its weight (Kitagawa,
// "Components of a difference between two rates", JASA 1955): with the ratio r and the weight w of each part
// before (1) and after (2),
//   R2 − R1 = Σ (w1 + w2)/2 · (r2 − r1)  +  Σ (w2 − w1) · ((r1 + r2)/2 − (R1 + R2)/2)
// exactly. What rose within a part is held against chance by ranks of its buckets (analyse/rank_test.h).
#pragma once

#include <string>
#include <vector>

#include "analyse/amount_text.h"
#include "analyse/query_behind.h"

namespace vedette {

// A ratio's two halves, of one part in one bucket of time: 14 retransmissions of 2,000 packets; 48,000 µs of
// 2 handshakes.
struct RatioBucket {
  double sum = 0;
  double count = 0;  // 0: nothing was there to measure
};

struct RatioPart {
  std::string name;  // "eth0", "192.0.2.0/24", "nginx"
  std::vector<RatioBucket> before;
  std::vector<RatioBucket> after;
};

struct BottleneckPart {
  std::string name;
  double before = 0;  // its ratio; NaN where there was nothing to measure
  double after = 0;
  double weight_before = 0;  // its part of all counts, 0 … 1
  double weight_after = 0;
  double within = 0;      // of the whole's rise: because it became worse itself
  double moved = 0;       // of the whole's rise: because its weight changed
  double by_chance = 1;   // probability that its ratio rose by chance
  bool is_worse = false;  // it rose, and chance is held against all parts that were looked at
  std::string says;
};

struct Bottleneck {
  std::string measure;    // "handshake round trip"
  std::string dimension;  // "interface", "peer network", "process"
  Unit unit = Unit::kCount;
  double before = 0;  // of the whole; NaN where there was nothing to measure
  double after = 0;
  double within = 0;                  // of the rise: parts that became worse
  double moved = 0;                   // of the rise: traffic that moved between parts
  std::vector<BottleneckPart> parts;  // what contributes most first
  std::size_t left_out = 0;           // parts
  std::string says;
  QueryBehind query_before;
  QueryBehind query_after;

  [[nodiscard]] double rise() const { return after - before; }
};

// `false_alarm`: the probability that any part is called worse where none is (0 … 1).
[[nodiscard]] Bottleneck bottleneck_of(const std::vector<RatioPart>& parts, const std::string& measure,
                                       const std::string& dimension, Unit unit, std::size_t most,
                                       double false_alarm = 0.01);

}  // namespace vedette
