// Who has signed in with the password: in memory alone, so that they end with the gateway.
#pragma once

#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/instant.h"
#include "gateway/secret.h"

namespace vedette {

struct Session {
  std::string id;       // names it in the audit log
  std::string csrf;     // what requests that change something carry besides the cookie
  Nanoseconds expires;  // since the epoch; later as it is used
};

// Any thread.
class Sessions {
 public:
  static constexpr std::chrono::hours kLongest{12};  // from the sign-in
  static constexpr std::chrono::hours kLongestIdle{1};
  static constexpr std::size_t kMost = 64;  // the one that was idle longest gives way

  struct Begun {
    std::string token;  // the cookie's value: of it a digest is kept
    Session session;
  };

  [[nodiscard]] Begun begin(const Instant& now);
  // The session of a cookie's value, used from now on; nothing where it is none or over.
  [[nodiscard]] std::optional<Session> use(std::string_view token, const Instant& now);
  // Whether that session goes on; that is no use of it.
  [[nodiscard]] bool goes_on(std::string_view id, const Instant& now) const;
  // False where it isn't there.
  bool end(std::string_view id);
  void end_others(std::string_view id);

 private:
  struct Kept {
    Digest digest;
    std::string id;
    std::string csrf;
    Nanoseconds begun;  // steady, both
    Nanoseconds used;
  };

  [[nodiscard]] static Nanoseconds end_of(const Kept& kept);
  [[nodiscard]] static Session told(const Kept& kept, const Instant& now);

  mutable std::mutex mutex_;
  std::list<Kept> kept_;  // the one used last is the first
};

}  // namespace vedette
