// Findings' evidence as files, a pcapng each, named by the finding's id: bounded in all, the oldest go first.
// They outlive the daemon.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>

#include "base/error.h"

namespace vedette {

// Any thread.
class EvidenceStore {
 public:
  // In no folder: nothing is stored.
  EvidenceStore() = default;

  // Makes the folder where it isn't there, for its owner alone, and takes over what it holds. `bytes`: of all
  // files together. Failed where the disk is full or read-only, which may pass: it may be tried again;
  // unusable where the folder can't be made or read otherwise.
  [[nodiscard]] Result<void> open(std::filesystem::path folder, std::uint64_t bytes);

  // Makes the finding's file, after the oldest others have made room. Failed where it can't be written.
  [[nodiscard]] Result<void> begin(const std::string& id, std::span<const std::uint8_t> bytes);
  // Adds to it, where it didn't have to make room itself meanwhile.
  [[nodiscard]] Result<void> append(const std::string& id, std::span<const std::uint8_t> bytes);

  [[nodiscard]] bool has(const std::string& id) const;
  // The whole file. Failed where it can't be read.
  [[nodiscard]] Result<std::string> read(const std::string& id) const;

  [[nodiscard]] bool is_open() const;
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::size_t files() const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const std::string& id) const;
  // Each with the lock held.
  void make_room(std::uint64_t bytes);
  [[nodiscard]] Result<void> write(const std::string& id, std::span<const std::uint8_t> bytes);

  mutable std::mutex mutex_;      // of what follows
  std::filesystem::path folder_;  // empty: it isn't open
  std::uint64_t most_ = 0;
  std::deque<std::string> order_;                         // ids, the oldest first
  std::unordered_map<std::string, std::uint64_t> files_;  // their bytes, by id
  std::uint64_t bytes_ = 0;                               // of all
};

}  // namespace vedette
