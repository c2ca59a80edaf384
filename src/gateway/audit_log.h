// Who came in, who was refused, and who changed what by the gateway: a log of events (base/event_log.h), each
// on the disk before the answer goes out. What a change did stands in the sensor's own trail
// (act/audit_trail.h), under the same key or session.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/event_log.h"
#include "base/json_writer.h"
#include "gateway/caller.h"
#include "gateway/state_folder.h"

namespace vedette {

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
    log_.record(what, [&](JsonWriter& json) {
      write(json, by);
      details(json);
    });
  }
  void record(std::string_view what, const Asked& by) {
    record(what, by, [](JsonWriter&) {});
  }

  // Those behind number `after`.
  [[nodiscard]] EventPage page(std::size_t limit, std::uint64_t after) const {
    return log_.page(limit, after);
  }

 private:
  static void write(JsonWriter& json, const Asked& by);

  EventLog log_;
};

}  // namespace vedette
