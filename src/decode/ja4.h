// JA4: fingerprint of a TLS client that doesn't change with the order of its extensions (FoxIO, "JA4: TLS
// Client Fingerprinting", technical_details/JA4.md at github.com/FoxIO-LLC/ja4, BSD-3-Clause). Its siblings
// JA4S, JA4H, JA4X, JA4T and JA4SSH are under the FoxIO License 1.1 and are left out.
#pragma once

#include <cstdint>
#include <string>

#include "decode/tls_hello.h"

namespace vedette {

// The first letter: what carries the hello.
enum class Ja4Transport : char { kTls = 't', kQuic = 'q', kDtls = 'd' };

// "t13d1516h2_8daaf6152771_e5627efa2ab1".
[[nodiscard]] std::string ja4(const ClientHello& hello, Ja4Transport transport);

}  // namespace vedette
