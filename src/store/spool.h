// Rows on their way to a server that may be away: blocks in files, each with its checksum, which are on the
// disk before they are sent and go when the server has them. The folder also keeps what must not be forgotten
// of them: the stream's number, and how far its rows are rolled up.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/query.h"

namespace vedette {

// Rows of one table that belong to one of its partitions.
struct SpooledRows {
  QuerySource source = QuerySource::kFlows;
  std::vector<std::string> rows;  // RowBinary, without their marks
  Nanoseconds first{}, last{};    // of their times
  std::size_t columns = 0;        // of what was read: the first so many, where an older sensor wrote it
};

// One file, by its name.
struct SpooledBlock {
  std::uint64_t stream = 0, seq = 0;
  std::uint64_t block = 0;  // of the latest attempt
  QuerySource source = QuerySource::kFlows;
  std::uint64_t rows = 0;

  [[nodiscard]] std::string name() const;
  friend auto operator<=>(const SpooledBlock&, const SpooledBlock&) = default;
};

// Sums that are being written: they count once their progress is told.
struct RollUpUnderWay {
  std::uint64_t block = 0, upto = 0;
  std::uint8_t level = 0, source = 0;
  bool summed = false;  // all cubes are filled: its progress is to be told
};

// How far a stream's rows of a level and source are rolled up, and what of that is under way.
struct RollUpState {
  // By level (minute, hour) and source (flows, interfaces).
  std::array<std::array<std::uint64_t, 2>, 2> upto{};
  std::optional<RollUpUnderWay> building;
};

// Any thread.
class Spool {
 public:
  // `most_bytes`: of all files together.
  Spool(std::filesystem::path folder, std::uint64_t most_bytes);

  // Makes the folder, or reads what an earlier process has left there.
  [[nodiscard]] Result<void> open();

  // Writes one file and names it. Failed where it can't be written, or there is no room.
  [[nodiscard]] Result<void> put(const SpooledRows& rows);

  // The oldest one, if any; `sent`: whether it may have been sent already.
  struct Front {
    SpooledBlock block;
    bool sent = false;
  };
  [[nodiscard]] std::optional<Front> front() const;
  // Its rows. Failed where the file is not as it was written.
  [[nodiscard]] Result<SpooledRows> read(const SpooledBlock& block) const;
  // From now on it may have been sent. On the disk: it is sent under this number.
  void begin_attempt(const SpooledBlock& block);
  // By another number, which is on the disk when this returns.
  [[nodiscard]] Result<SpooledBlock> renumber(const SpooledBlock& block);
  // The server has it.
  void remove(const SpooledBlock& block);
  // Renames the file, which isn't sent.
  void set_aside(const SpooledBlock& block);

  // Of this spool's own stream: all blocks up to this one are gone from here.
  [[nodiscard]] std::uint64_t settled() const;
  [[nodiscard]] std::uint64_t stream() const;
  // Without one of its own, for blocks of sums.
  [[nodiscard]] static std::uint64_t new_block();

  [[nodiscard]] RollUpState roll_ups() const;
  // On the disk when this returns.
  [[nodiscard]] Result<void> keep(const RollUpState& state);

  struct Counts {
    std::uint64_t blocks = 0, rows = 0, bytes = 0;  // that wait
    std::uint64_t set_aside = 0;                    // files, since the start
    std::uint64_t rows_set_aside = 0;
  };
  // Never waits for the disk.
  [[nodiscard]] Counts counts() const;

 private:
  // With the lock held.
  void add(const SpooledBlock& block, std::uint64_t bytes);
  [[nodiscard]] Result<void> write_state();
  [[nodiscard]] bool read_state();
  [[nodiscard]] std::filesystem::path path_of(const SpooledBlock& block) const;

  const std::filesystem::path folder_;
  const std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  std::uint64_t stream_ = 0;
  std::uint64_t next_ = 1;      // the next block's seq
  std::uint64_t reserved_ = 1;  // numbers below this may have been used
  RollUpState roll_ups_;
  std::map<SpooledBlock, std::uint64_t> waiting_;  // with their bytes; by stream and seq
  std::set<std::uint64_t> fresh_;                  // seqs of this stream's blocks that were never sent
  mutable std::mutex counts_mutex_;  // taken behind mutex_, for no longer than it takes to count
  Counts counts_;
};

}  // namespace vedette
