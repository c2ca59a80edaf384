// Who came in, who was refused, and who changed what by the gateway: a line of JSON each, in a file that is
// only ever appended to, on the disk before the answer goes out. What a change did stands in the sensor's own
// trail (act/audit_trail.h), under the same key or session.
#pragma once

#include <concepts>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/json_writer.h"
#include "gateway/caller.h"
#include "gateway/state_folder.h"

namespace vedette {

struct AuditLogPage {
  std::vector<std::string> events;  // a JSON object each, the oldest first
  std::uint64_t last = 0;           // where the next page goes on
  std::uint64_t unwritten = 0;      // since the gateway began: the file has them not
  bool more = false;
};

// Any thread; record() waits for the disk. It never fails: what can't be written is counted, and said once.
class AuditLog {
 public:
  struct Options {
    std::size_t file_bytes = 4U << 20;  // then it is put aside, as ".1", ".2", …
    unsigned files = 8;                 // with those put aside
    std::size_t kept = 10'000;          // lines in memory
    std::function<void(const std::string&)> note = [](const std::string&) {};
  };

  static constexpr const char* kFile = "audit.ndjson";

  AuditLog(const StateFolder& folder, Options options);

  // `what`: "sign_in", "key_made", …; `by` may be nobody; `details` writes further fields.
  template <std::invocable<JsonWriter&> Write>
  void record(std::string_view what, const Asked& by, Write&& details) {
    const std::lock_guard lock(mutex_);
    fmt::memory_buffer line;
    JsonWriter json(line);
    begin(json, what, by);
    details(json);
    json.end_object();
    append(fmt::to_string(line));
  }
  void record(std::string_view what, const Asked& by) {
    record(what, by, [](JsonWriter&) {});
  }

  // Those behind number `after`.
  [[nodiscard]] AuditLogPage page(std::size_t limit, std::uint64_t after) const;

 private:
  struct Kept {
    std::uint64_t number;
    std::string line;
  };

  void begin(JsonWriter& json, std::string_view what, const Asked& by);
  void append(std::string line);
  bool write(const std::string& line);
  void take_over(const std::filesystem::path& file);
  void open_file();
  void put_aside();
  [[nodiscard]] std::filesystem::path aside(unsigned number) const;

  std::filesystem::path file_path_;
  Options options_;
  mutable std::mutex mutex_;
  FileDescriptor file_;
  std::size_t size_ = 0;  // of whole lines
  std::uint64_t number_ = 0;
  std::uint64_t unwritten_ = 0;
  bool failing_ = false;
  std::deque<Kept> kept_;
};

}  // namespace vedette
