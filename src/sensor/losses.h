// The loss ledger: each place where something that arrived can fail to be told, and how often it did. What a
// part of the sensor loses it counts where it loses it; the engine puts the counts together here, so that
// every answer carries its error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vedette {

enum class LossReason : std::uint8_t {
  kFlowTableFull,         // bpf/packets.bpf.c
  kWatchRingFull,         // bpf/watch.bpf.c
  kWatchQueueFull,        // sensor/live_stream.h
  kDropTableFull,         // bpf/drops.bpf.c
  kDropMissed,            // the same program, by the kernel's own count
  kConnectionTableFull,   // bpf/health.bpf.c
  kConnectionMissed,      // the same programs, by the kernel's own count
  kOwnerUntold,           // bpf/owner.bpf.c
  kFirstBytesOverBudget,  // bpf/first_bytes.bpf.c
  kFirstBytesRingFull,    // the same programs
  kHeadsOverBudget,       // bpf/heads.bpf.c
  kHeadsRingFull,         // the same programs
  kEvidenceGivenUp,       // sensor/evidence.h
  kHandshakeGivenUp,      // handshake/handshake_tracker.h
  kHandshakeQueueFull,    // sensor/live_stream.h
  kNameTableFull,         // names/name_table.h
  kHookUntold,            // act/finding_hook.h
  kAuditUnwritten,        // act/audit_trail.h
  kExportQueueFull,       // export/flow_exporter.h
  kExportUnsent,          // the same
  kStoreQueueFull,        // store/row_queue.h
  kStoreUnwritten,        // the same
  kInterfaceMissed,       // sensor/unseen_packets.h, and so on: not known on every interface
  kInterfaceErrors,
  kInterfaceDropped,
};
inline constexpr std::size_t kLossReasons = static_cast<std::size_t>(LossReason::kInterfaceDropped) + 1;

struct Loss {
  std::string_view reason;
  std::string_view unit;  // "packets" or "events"
  std::string_view meaning;
  std::uint64_t count = 0;
};

// One thread.
class Losses {
 public:
  Losses() { counts_.fill(0); }

  void add(LossReason reason, std::uint64_t count) {
    count_of(reason) = count_of(reason).value_or(0) + count;
  }
  // Nothing can be known of it here: it is not in the list, where a zero would be made up.
  void leave_out(LossReason reason) { count_of(reason).reset(); }

  // Every reason that is not left out, in the order of the list, also those that never occurred.
  [[nodiscard]] std::vector<Loss> all() const;

 private:
  std::optional<std::uint64_t>& count_of(LossReason reason) {
    return counts_[static_cast<std::size_t>(reason)];
  }

  std::array<std::optional<std::uint64_t>, kLossReasons> counts_;
};

}  // namespace vedette
