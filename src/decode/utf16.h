// UTF-16, as protocols of Windows send names, to UTF-8.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace vedette {

// Little-endian, up to the first zero or the last whole unit; a lone surrogate becomes U+FFFD (RFC 2781
// §2.2).
[[nodiscard]] std::string utf8_of_utf16le(std::span<const std::uint8_t> bytes);

}  // namespace vedette
