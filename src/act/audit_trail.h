// Who changed what passes and what is dropped, and when: a log of events (base/event_log.h), of which the API
// has the latest.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/event_log.h"
#include "base/json_writer.h"
#include "base/prefix.h"

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

// Any thread. Never fails: what can't be written is counted, and said once.
class AuditTrail {
 public:
  explicit AuditTrail(AuditOptions options);

  // `what`: "block", "policy_applied", …; `details` writes further fields.
  template <std::invocable<JsonWriter&> Write>
  void record(std::string_view what, const Actor& by, Write&& details) {
    log_.record(what, [&](JsonWriter& json) {
      write(json, by);
      details(json);
    });
  }
  void record(std::string_view what, const Actor& by) {
    record(what, by, [](JsonWriter&) {});
  }

  [[nodiscard]] EventPage page(const AuditQuery& query) const { return log_.page(query.limit, query.after); }
  [[nodiscard]] std::uint64_t unwritten() const { return log_.unwritten(); }

 private:
  static void write(JsonWriter& json, const Actor& by);

  EventLog log_;
};

// "operator", "finding", …
[[nodiscard]] std::string_view actor_kind_name(ActorKind kind);

}  // namespace vedette
