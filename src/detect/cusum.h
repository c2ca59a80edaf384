// What is usual of a quantity that is measured again and again, and whether it has risen above that: its mean
// and deviation as exponentially weighted averages (Roberts 1959), and Page's cumulative sum ("Continuous
// inspection schemes", 1954) S = max(0, S + x − μ − k) with k = 0.5 σ, alarm where S exceeds 5 σ (Montgomery,
// "Introduction to Statistical Quality Control", table 9.3: an average run of 465 between false alarms of
// normal noise, of 10 to find a shift of one σ). What raises the alarm isn't learnt unless it is harmless by
// its size alone, so that an attack doesn't become usual and a quantity that is large from the first does.
#pragma once

#include <algorithm>
#include <cmath>

namespace vedette {

class Cusum {
 public:
  // `weight`: of the newest measure in the averages. `least_deviation`: σ is never taken for less, so that a
  // quantity that is constant at first doesn't raise the alarm by its first step.
  constexpr Cusum(double weight, double least_deviation) : weight_(weight), least_(least_deviation) {}

  // Whether `x` as the quantity's next measure would alarm.
  [[nodiscard]] bool would_alarm(double x) const { return sum_with(x) > 5 * deviation(); }

  // The quantity's next measure; whether it alarms. `harmless`: it is learnt even so.
  bool add(double x, bool harmless = false) {
    const bool alarm = would_alarm(x);
    sum_ = std::min(sum_with(x), 10 * deviation());
    if (!alarm || harmless) learn(x);
    return alarm;
  }

  // So many measures of 0 in a row.
  void idle(double measures) {
    const double kept = std::pow(1 - weight_, measures);
    // The mean of squares about the mean, under the same weights: E(x²) − μ².
    const double square = (variance_ + mean_ * mean_) * kept;
    mean_ *= kept;
    variance_ = std::max(0.0, square - mean_ * mean_);
    sum_ = std::max(0.0, sum_ - measures * (mean_ + 0.5 * deviation()));
  }

  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double deviation() const { return std::max(least_, std::sqrt(variance_)); }
  [[nodiscard]] double sum() const { return sum_; }

 private:
  [[nodiscard]] double sum_with(double x) const {
    return std::max(0.0, sum_ + x - mean_ - 0.5 * deviation());
  }

  void learn(double x) {
    const double away = x - mean_;
    mean_ += weight_ * away;
    variance_ = (1 - weight_) * (variance_ + weight_ * away * away);
  }

  double weight_, least_;
  double mean_ = 0, variance_ = 0, sum_ = 0;
};

}  // namespace vedette
