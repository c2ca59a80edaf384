// Who asks: a session or a key, and from where.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/api_keys.h"
#include "gateway/request_head.h"
#include "gateway/sessions.h"

namespace vedette {

enum class CallerKind : std::uint8_t { kSession, kKey };

struct Caller {
  CallerKind kind = CallerKind::kSession;
  std::string id;
  ScopeSet scopes;
  std::string csrf;       // of a session
  Nanoseconds expires{};  // of a session, since the epoch
};

// A caller, where there is one, and the address that the request came from.
struct Asked {
  std::optional<Caller> caller;
  std::string client;
};

// "session", "key".
[[nodiscard]] std::string_view caller_kind_name(CallerKind kind);

// The name of the session's cookie. The prefix has browsers take it from this very host by TLS alone.
inline constexpr std::string_view kSessionCookie = "__Host-vedette";

// Any thread. What it is made of outlives it.
class Callers {
 public:
  Callers(Sessions& sessions, const ApiKeys& keys) : sessions_(sessions), keys_(keys) {}

  // By the request's "Authorization: Bearer KEY", or where there is no such field, by the session's cookie.
  // Nothing where neither is good.
  [[nodiscard]] std::optional<Caller> find(const RequestHead& head, const Instant& now);
  // Whether the session or key is still good: a stream ends with it.
  [[nodiscard]] bool goes_on(const Caller& caller, const Instant& now) const;

 private:
  Sessions& sessions_;
  const ApiKeys& keys_;
};

}  // namespace vedette
