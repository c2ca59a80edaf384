// How a server of TDS answers a log-in (MS-TDS §2.2.7.14 LOGINACK, §2.2.7.10 ERROR, §2.2.7.22 SSPI; TDS 5.0
// Functional Specification, TDS_LOGINACK). The answer is in clear where TLS was agreed on for the log-in
// alone (encryption "off") and where there is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "decode/logins.h"

namespace vedette {

struct TdsAnswer {
  Logins logins;
  std::size_t need = 0;  // bytes at which it is told, from the same begin; 0 = it is, or never will be
};

// `bytes` are the server's behind what it said before the log-in; `ended`: no more will come.
[[nodiscard]] TdsAnswer read_tds_answer(std::span<const std::uint8_t> bytes, bool ended);

}  // namespace vedette
