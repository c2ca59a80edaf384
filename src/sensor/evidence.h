// The packets that prove a finding: of its source and target, from before the alarm out of the ring of what
// was told last (sensor/evidence_ring.h), and those that come in the seconds after it, in a pcapng file of
// its own (sensor/evidence_store.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "detect/finding.h"
#include "sensor/evidence_ring.h"
#include "sensor/evidence_store.h"
#include "sensor/status.h"
#include "source/pcapng_blocks.h"

namespace vedette {

struct EvidenceOptions {
  std::filesystem::path folder;                          // empty: no finding has evidence
  bool ring_alone = false;                               // packets are kept all the same
  std::size_t ring_bytes = std::size_t{32} << 20;        // of the packets told last
  std::uint64_t finding_bytes = std::uint64_t{1} << 20;  // of one finding
  std::uint64_t all_bytes = std::uint64_t{256} << 20;    // of all files
  Severity least = Severity::kMedium;                    // of a finding that gets evidence
};

// What is kept of a packet stands in the pcapng: interface, direction, and "drop" as its comment where a
// verdict of ours dropped it. One thread, but for store(), counts() and health().
class Evidence {
 public:
  // `note` gets a line for the log where a file can't be written.
  Evidence(EvidenceOptions options, std::function<void(const std::string&)> note);

  // Unusable where the folder is. Where the disk is full or read-only there is no evidence until it isn't any
  // more: go_on() tries again.
  [[nodiscard]] Result<void> open();

  // A packet that was told, with its interface's name.
  void add(const Packet& packet);

  // The finding gets its file, with what the ring holds of it, where it is grave enough and has none. `now`:
  // since the epoch.
  void collect(const Finding& finding, Nanoseconds now);
  // Adds what has come since to the files of the latest findings. To be called often.
  void go_on(Nanoseconds now);

  [[nodiscard]] const EvidenceStore& store() const { return store_; }
  [[nodiscard]] const EvidenceRing& ring() const { return ring_; }
  [[nodiscard]] EvidenceCounts counts() const;
  // Nothing where none is kept. Any thread.
  [[nodiscard]] std::optional<EvidenceHealth> health() const;
  // Findings that came faster than evidence can be saved, and have none. Any thread.
  [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

 private:
  struct Case {
    std::string id;
    std::optional<Prefix> source, target;
    Nanoseconds until{};
    std::uint64_t bytes = 0;                            // written
    std::map<std::uint32_t, std::uint32_t> interfaces;  // ifindex to the file's number
  };

  [[nodiscard]] static bool concerns(const Case& one, const KeptHead& head);
  void append(BlockBytes& out, Case& one, std::uint64_t place, const KeptHead& head) const;
  void try_again(Nanoseconds now);
  void note_if_failed(const Result<void>& written);
  void set_why_not(std::string why);

  EvidenceOptions options_;
  std::function<void(const std::string&)> note_;
  EvidenceRing ring_;
  EvidenceStore store_;
  std::map<std::uint32_t, std::string> names_;  // of interfaces, by ifindex
  std::deque<Case> cases_;                      // whose files still grow; the one begun first in front
  std::uint64_t reached_ = 0;                   // in the ring, by cases_
  Nanoseconds went_on_{};
  Nanoseconds noted_{};
  Nanoseconds tried_{};  // to open the folder, the latest time
  mutable std::mutex mutex_;
  std::string why_not_;    // the latest attempt to write failed; empty: it didn't
  Nanoseconds second_{};   // in which
  std::size_t begun_ = 0;  // so many files were begun
  std::atomic<std::uint64_t> given_up_ = 0;
};

}  // namespace vedette
