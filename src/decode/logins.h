// How the log-ins of a session ended that is in clear: what guessing of passwords is told by.
#pragma once

#include <cstdint>

#include "decode/handshake.h"

namespace vedette {

struct Logins {
  std::int64_t failures = 0;
  bool accepted = false;

  void take(bool was_accepted) {
    if (was_accepted)
      accepted = true;
    else
      failures++;
  }
  void tell(Handshake& handshake) const {
    if (failures != 0) handshake.add("login_failures", failures);
    if (accepted) handshake.add("logged_in", std::int64_t{1});
  }
};

}  // namespace vedette
