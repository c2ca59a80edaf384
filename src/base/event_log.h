// What happened, as a line of JSON each, in a file that is only ever appended to, and the latest in memory.
//
// A line is written by one call: a process that is killed leaves whole lines, and what a full disk or a crash
// left of one is cut off. The file is put aside when it has grown, under its name and ".1", ".2", …, up to so
// many. Lines are numbered through, over restarts too: a gap is what couldn't be written.
#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <concepts>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/json_writer.h"

namespace vedette {

struct EventPage {
  std::vector<std::string> events;  // a JSON object each, the oldest first
  std::uint64_t last = 0;           // where the next page goes on
  std::uint64_t unwritten = 0;      // since the process began: the file has them not
  bool more = false;
};

// {"events": […], "last", "unwritten"}, and "next_cursor" where there are more.
[[nodiscard]] std::string event_page_json(const EventPage& page);

struct EventLogOptions {
  std::filesystem::path file = {};  // empty: memory alone
  mode_t mode = 0640;               // of a file that is made
  int flags = 0;                    // of open(2), beside those for appending
  bool synced = false;              // a line is on the disk before record() returns
  std::size_t file_bytes = 4U << 20;
  unsigned files = 8;  // with those put aside
  std::size_t kept = 10'000;
  std::string unwritten_means = {};  // what follows from it, for the log's line
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

// Any thread. Never fails: what can't be written is counted, and said once.
class EventLog {
 public:
  // Its folder must be there.
  explicit EventLog(EventLogOptions options);

  // `write` writes the fields behind number, time and `what`.
  template <std::invocable<JsonWriter&> Write>
  void record(std::string_view what, Write&& write) {
    const std::lock_guard lock(mutex_);
    fmt::memory_buffer line;
    JsonWriter json(line);
    begin(json, what);
    write(json);
    json.end_object();
    append(fmt::to_string(line));
  }

  // Those behind number `after`; 0: from the oldest that is kept.
  [[nodiscard]] EventPage page(std::size_t limit, std::uint64_t after) const;
  [[nodiscard]] std::uint64_t unwritten() const;

 private:
  struct Kept {
    std::uint64_t number;
    std::string line;
  };

  void begin(JsonWriter& json, std::string_view what);
  void append(std::string line);
  void write(const std::string& line);
  void open_file();
  void put_aside();
  void take_over(const std::filesystem::path& file);
  void fail(int error);
  [[nodiscard]] std::filesystem::path aside(unsigned number) const;

  EventLogOptions options_;
  mutable std::mutex mutex_;
  FileDescriptor file_;
  std::size_t size_ = 0;  // of whole lines
  std::uint64_t number_ = 0;
  std::uint64_t unwritten_ = 0;
  bool failing_ = false;
  std::deque<Kept> kept_;
};

}  // namespace vedette
