// What is remembered of first contacts of one kind: how a random walk over them stands
// (detect/random_walk.h), and how many different ones failed, or were met by silence where silence says
// nothing (UDP; ACK). Which contact is a first one is told exactly for the latest 32 different ones; how many
// there were in all by HyperLogLog.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/units.h"
#include "detect/contact.h"
#include "detect/hyperloglog.h"
#include "detect/random_walk.h"

namespace vedette {

class ContactWalk {
 public:
  // `item`: what makes a contact another one, well mixed.
  void take(const Contact& contact, std::uint64_t item, const WalkModel& model);

  [[nodiscard]] const RandomWalk& walk() const { return walk_; }
  // Different ones that failed: refused, unanswered, or half open.
  [[nodiscard]] std::uint64_t failed() const;
  // Different ones of UDP and ACK that nobody answered.
  [[nodiscard]] std::uint64_t silent() const;
  // First contacts that were answered and went on.
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  // First contacts that were answered, and that the source didn't go on with.
  [[nodiscard]] std::uint64_t found() const { return found_; }
  [[nodiscard]] bool was_answered() const { return answered_ != 0 || found_ != 0 || refused_ != 0; }

  [[nodiscard]] Nanoseconds first() const { return first_; }
  [[nodiscard]] Nanoseconds last() const { return last_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // The one most failed by.
  [[nodiscard]] Technique technique() const;
  // Every stealthy one but that, in words: "NULL scan, FIN scan"; empty where there is none.
  [[nodiscard]] std::string stealthy_but(Technique named) const;

 private:
  // A source that asked for nothing for so long begins anew. nmap's slowest, -T0, asks every five minutes.
  static constexpr Nanoseconds kForgets = std::chrono::hours(1);
  static constexpr std::size_t kRecent = 32;

  bool is_first(std::uint32_t item);
  void fail(const Contact& contact, std::uint64_t item, const WalkModel& model);

  RandomWalk walk_;
  HyperLogLog failed_;
  HyperLogLog silent_;
  std::array<std::uint32_t, kRecent> recent_{};
  std::array<std::uint32_t, static_cast<std::size_t>(Technique::kCount)> techniques_{};
  std::uint64_t contacts_ = 0;  // that stood in recent_ at some time
  std::uint64_t failures_ = 0;
  std::uint64_t silences_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t found_ = 0;
  std::uint64_t refused_ = 0;
  Nanoseconds first_{};
  Nanoseconds last_{};
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace vedette
