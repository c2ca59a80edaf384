// Bytes as text.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace vedette {

// Lower case: "0aff".
[[nodiscard]] std::string hex_text(std::span<const std::uint8_t> bytes);

// RFC 4648 §4, with padding.
[[nodiscard]] std::string base64_text(std::span<const std::uint8_t> bytes);

// RFC 4648 §7, upper case, without padding.
[[nodiscard]] std::string base32hex_text(std::span<const std::uint8_t> bytes);

}  // namespace vedette
