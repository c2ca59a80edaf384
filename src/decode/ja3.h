// JA3 and JA3S: fingerprints of a TLS client and of how a server answers it (Althouse, Atkinson, Atkins:
// "Open Sourcing JA3", Salesforce 2017; github.com/salesforce/ja3, BSD-3-Clause). MD5 of decimal numbers.
#pragma once

#include <string>

#include "decode/tls_hello.h"

namespace vedette {

// "version,ciphers,extensions,groups,point formats" without GREASE (RFC 8701): what the MD5 is taken of.
[[nodiscard]] std::string ja3_text(const ClientHello& hello);
[[nodiscard]] std::string ja3(const ClientHello& hello);

// "version,cipher,extensions".
[[nodiscard]] std::string ja3s_text(const ServerHello& hello);
[[nodiscard]] std::string ja3s(const ServerHello& hello);

}  // namespace vedette
