// The loss ledger: each place where something that arrived can fail to be told, and how often it did. What a
// part of the sensor loses it counts where it loses it; the engine puts the counts together here, so that
// every answer carries its error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vedette {

enum class LossReason : std::uint8_t {
  kFlowTableFull,        // bpf/packets.bpf.c
  kWatchRingFull,        // bpf/watch.bpf.c
  kWatchQueueFull,       // sensor/live_stream.h
  kDropTableFull,        // bpf/drops.bpf.c
  kDropMissed,           // the same program, by the kernel's own count
  kConnectionTableFull,  // bpf/health.bpf.c
  kConnectionMissed,     // the same programs, by the kernel's own count
  kOwnerUntold,          // bpf/owner.bpf.c
};
inline constexpr std::size_t kLossReasons = 8;

struct Loss {
  std::string_view reason;
  std::string_view unit;  // "packets" or "events"
  std::string_view meaning;
  std::uint64_t count = 0;
};

// One thread.
class Losses {
 public:
  void add(LossReason reason, std::uint64_t count) { counts_[static_cast<std::size_t>(reason)] += count; }

  // Every reason in the order of the list, also those that never occurred.
  [[nodiscard]] std::vector<Loss> all() const;

 private:
  std::array<std::uint64_t, kLossReasons> counts_{};
};

}  // namespace vedette
