// The log-ins of a Telnet session, by what its server says in words: it asks for a password, and the first
// line behind that refuses it or doesn't. Words and prompts are those that Zeek's analyser of log-ins knows
// (login_prompts, login_failure_msgs, login_success_msgs).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "decode/logins.h"

namespace vedette {

struct TelnetLogins {
  Logins logins;
  std::size_t need = 0;  // the server's bytes at which more may be told; 0: nothing will be
};

// `server` is all that is known of the server's, negotiation and all; `ended`: no more will come.
[[nodiscard]] TelnetLogins read_telnet_logins(std::span<const std::uint8_t> server, bool ended);

}  // namespace vedette
