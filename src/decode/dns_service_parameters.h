// Service parameters of SVCB and HTTPS records in presentation form (RFC 9460 §2.1, §7, Appendix D.1):
// "alpn=h2,h3 ipv4hint=192.0.2.1".
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace vedette {

// False where `data` is not a list of them; what was appended is then of no use.
[[nodiscard]] bool append_service_parameters(std::string& told, std::span<const std::uint8_t> data);

}  // namespace vedette
