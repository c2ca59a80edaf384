// Threshold random walk over the outcomes of first contacts: Jung, Paxson, Berger and Balakrishnan, "Fast
// Portscan Detection Using Sequential Hypothesis Testing" (IEEE Security and Privacy 2004). What is kept is
// the likelihood that a scanner's contacts end so, over that a benign host's do: a failure raises it, a
// success lowers it.
#pragma once

#include <algorithm>
#include <cmath>

namespace vedette {

// How likely a first contact succeeds.
struct WalkModel {
  double benign = 0.8;   // θ0: of a benign source; the paper's
  double scanner = 0.2;  // θ1: of a scanner
};

class RandomWalk {
 public:
  // η1 = P_D / P_F: of .99 detected and .01 wrongly so, as in the paper.
  static constexpr double kConvicts = 99;

  // With the paper's model 4 and 0.25 times the likelihood so far. It falls no lower than η0 = (1 − P_D) /
  // (1 − P_F), where the paper acquits: a host that turns bad is to be found in spite of its past.
  void fail(const WalkModel& model) { step((1 - model.scanner) / (1 - model.benign)); }
  void succeed(const WalkModel& model) { step(model.scanner / model.benign); }
  // A success of before was none.
  void take_success_back(const WalkModel& model) { step(model.benign / model.scanner); }

  [[nodiscard]] double likelihood() const { return std::exp(log_); }
  [[nodiscard]] bool convicts() const { return log_ >= std::log(kConvicts); }

 private:
  static constexpr double kAcquits = 0.01 / 0.99;
  static constexpr double kHighest = 1e9;  // beyond which nothing more is learnt

  void step(double ratio) {
    log_ = std::clamp(log_ + std::log(ratio), std::log(kAcquits), std::log(kHighest));
  }

  double log_ = 0;
};

}  // namespace vedette
