// Who changed what passes and what is dropped, and when: a line of JSON each, in a file that is only ever
// appended to, and the latest in memory for the API.
//
// A line is written by one call: a process that is killed leaves whole lines, and what a full disk or a crash
// left of one is cut off. The file is put aside when it has grown, under its name and ".1", ".2", …, up to so
// many. Lines are numbered through, over restarts too: a gap is what couldn't be written.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/json_writer.h"
#include "base/prefix.h"
#include "base/units.h"

namespace vedette {

enum class ActorKind : std::uint8_t {
  kSensor,
  kOperator,
  kSignal,
  kFinding,
  kPolicy,
  kFeed,
  kTime,
  kGateway
};

// Who did it.
struct Actor {
  ActorKind kind = ActorKind::kSensor;
  // Of an operator: the process that asked by the API's socket, and who logged in to start it.
  std::optional<uid_t> uid = {};
  std::optional<uid_t> login_uid = {};
  std::optional<pid_t> pid = {};
  std::string finding = {};  // the finding's id
  // Of the gateway: the session or key for which it asks, by their ids, and the address that they asked it
  // from.
  std::string session = {};
  std::string key = {};
  std::optional<Prefix> client = {};
};

struct AuditOptions {
  std::filesystem::path file = {};  // empty: memory alone
  std::size_t file_bytes = 4U << 20;
  unsigned files = 8;  // with those put aside
  std::size_t kept = 10'000;
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

struct AuditQuery {
  std::size_t limit = 1000;
  std::uint64_t after = 0;  // the last answer's `last`; 0: from the oldest that is kept
};

struct AuditPage {
  std::vector<std::string> events;  // a JSON object each, the oldest first
  std::uint64_t last = 0;           // where the next answer goes on
  std::uint64_t unwritten = 0;      // since the sensor began: the file has them not
  bool more = false;
};

// Any thread. Never fails: what can't be written is counted, and said once.
class AuditTrail {
 public:
  explicit AuditTrail(AuditOptions options);

  // `what`: "block", "policy_applied", …; `details` writes further fields.
  template <std::invocable<JsonWriter&> Write>
  void record(std::string_view what, const Actor& by, Write&& details) {
    const std::lock_guard lock(mutex_);
    fmt::memory_buffer line;
    JsonWriter json(line);
    begin(json, what, by);
    details(json);
    json.end_object();
    append(fmt::to_string(line));
  }
  void record(std::string_view what, const Actor& by) {
    record(what, by, [](JsonWriter&) {});
  }

  [[nodiscard]] AuditPage page(const AuditQuery& query) const;
  [[nodiscard]] std::uint64_t unwritten() const;

 private:
  struct Kept {
    std::uint64_t number;
    std::string line;
  };

  void begin(JsonWriter& json, std::string_view what, const Actor& by);
  void append(std::string line);
  void write(const std::string& line);
  void open_file();
  void put_aside();
  void take_over(const std::filesystem::path& file);
  void fail(const std::string& why);
  [[nodiscard]] std::filesystem::path aside(unsigned number) const;

  AuditOptions options_;
  mutable std::mutex mutex_;
  FileDescriptor file_;
  std::size_t size_ = 0;  // of whole lines
  std::uint64_t number_ = 0;
  std::uint64_t unwritten_ = 0;
  bool failing_ = false;
  std::deque<Kept> kept_;
};

// "operator", "finding", …
[[nodiscard]] std::string_view actor_kind_name(ActorKind kind);

}  // namespace vedette
