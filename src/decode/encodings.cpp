#include "decode/encodings.h"

#include <string_view>

namespace vedette {

namespace {

// `width` bits a letter, the last one's missing bits zero.
std::string letters(std::span<const std::uint8_t> bytes, std::string_view alphabet, unsigned width) {
  std::string text;
  text.reserve(bytes.size() * 8 / width + 1);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= width; count -= width)
      text += alphabet[bits >> (count - width) & (alphabet.size() - 1)];
  }
  if (count > 0) text += alphabet[bits << (width - count) & (alphabet.size() - 1)];
  return text;
}

}  // namespace

std::string hex_text(std::span<const std::uint8_t> bytes) {
  return letters(bytes, "0123456789abcdef", 4);
}

std::string base64_text(std::span<const std::uint8_t> bytes) {
  std::string text = letters(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string base32hex_text(std::span<const std::uint8_t> bytes) {
  return letters(bytes, "0123456789ABCDEFGHIJKLMNOPQRSTUV", 5);
}

std::optional<std::vector<std::uint8_t>> base64url_bytes(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::vector<std::uint8_t> bytes;
  std::uint32_t bits = 0, count = 0;
  for (const char letter : text) {
    const std::size_t digit = kDigits.find(letter);
    if (digit == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  return bytes;
}

}  // namespace vedette
