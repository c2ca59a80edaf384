// The log-ins that a connection of Redis begins with: AUTH, and HELLO with AUTH among its arguments
// (redis.io, "AUTH", "HELLO"), each with the line that answers it. One that was refused is often followed by
// another.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "decode/logins.h"

namespace vedette {

struct RedisLogins {
  Logins logins;
  // Bytes of commands and of replies at which more is told, whichever comes first; both 0: nothing will be.
  std::array<std::size_t, 2> need{};
};

// `commands` and `replies` are all that is known of both directions, from their begin.
[[nodiscard]] RedisLogins read_redis_logins(std::string_view commands, std::string_view replies);

}  // namespace vedette
