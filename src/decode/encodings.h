// Bytes as text, and text as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

// Lower case: "0aff".
[[nodiscard]] std::string hex_text(std::span<const std::uint8_t> bytes);

// RFC 4648 §4, with padding.
[[nodiscard]] std::string base64_text(std::span<const std::uint8_t> bytes);

// RFC 4648 §7, upper case, without padding.
[[nodiscard]] std::string base32hex_text(std::span<const std::uint8_t> bytes);

// RFC 4648 §5, with padding or without; nothing where it is no such text.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> base64url_bytes(std::string_view text);

}  // namespace vedette
