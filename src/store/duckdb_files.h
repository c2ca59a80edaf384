// The store's files attached to the database: which are, who uses them, and what becomes of one that can't be
// read. A file in use is never detached or unlinked.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "store/day_file.h"
#include "store/duckdb_database.h"

namespace vedette {

// Any thread.
class DuckdbFiles {
 public:
  DuckdbFiles(std::filesystem::path folder, std::function<void(const std::string&)> note)
      : folder_(std::move(folder)), note_(std::move(note)) {}

  // Keeps a file attached while it lives.
  class Pin {
   public:
    Pin(DuckdbFiles& files, DayFile file) : files_(&files), file_(file) {}
    Pin(Pin&& other) noexcept : files_(std::exchange(other.files_, nullptr)), file_(other.file_) {}
    Pin& operator=(Pin&&) = delete;
    ~Pin() {
      if (files_) files_->unpin(file_);
    }
    [[nodiscard]] const DayFile& file() const { return file_; }

   private:
    DuckdbFiles* files_;
    DayFile file_;
  };

  // From now on of this database. Nothing may be pinned.
  [[nodiscard]] Result<void> use(DuckdbDatabase& database);
  // Of no database any more.
  void forget();

  // Attached; to be written, and made where it isn't there, if `make`. One that is damaged is set aside and
  // counted: then nothing, or a new one where that may have the same name.
  [[nodiscard]] Result<std::optional<Pin>> pin(const DayFile& file, bool make);

  // Renames a file that can't be read; waits until nobody uses it.
  void set_aside(const DayFile& file, const std::string& why);
  // Unlinks it, if nobody uses it.
  [[nodiscard]] bool remove(const DayFile& file);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::uint64_t set_aside() const;

 private:
  struct State {
    std::size_t pins = 0;
    std::uint64_t used = 0;  // grows with each use
    bool read_only = false;
  };

  void unpin(const DayFile& file);
  // With the lock held.
  [[nodiscard]] Result<void> attach(const DayFile& file, bool read_only);
  void detach_spare();
  void rename_away(const DayFile& file, const std::string& why);

  std::filesystem::path folder_;
  std::function<void(const std::string&)> note_;
  mutable std::mutex mutex_;
  std::condition_variable unpinned_;
  std::optional<DuckdbConnection> connection_;
  std::map<DayFile, State> attached_;
  std::uint64_t uses_ = 0;
  std::uint64_t set_aside_ = 0;
};

}  // namespace vedette
