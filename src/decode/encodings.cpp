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

}  // namespace vedette
