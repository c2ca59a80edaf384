#include "decode/utf16.h"

#include "decode/byte_reader.h"

namespace vedette {

namespace {

void append(std::string& text, std::uint32_t point) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xc0 | point >> 6);
    return byte(0x80 | (point & 0x3f));
  }
  if (point < 0x10000) {
    byte(0xe0 | point >> 12);
  } else {
    byte(0xf0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3f));
  }
  byte(0x80 | (point >> 6 & 0x3f));
  byte(0x80 | (point & 0x3f));
}

bool is_high(std::uint32_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(std::uint32_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

}  // namespace

std::string utf8_of_utf16le(std::span<const std::uint8_t> bytes) {
  constexpr std::uint32_t kReplacement = 0xfffd;
  std::string text;
  ByteReader reader(bytes);
  while (reader.left() >= 2) {
    const std::uint32_t unit = reader.little16();
    if (unit == 0) break;
    if (!is_high(unit)) {
      append(text, is_low(unit) ? kReplacement : unit);
      continue;
    }
    ByteReader ahead = reader;
    const std::uint32_t low = ahead.little16();
    if (ahead.failed() || !is_low(low)) {
      append(text, kReplacement);
      continue;
    }
    reader = ahead;
    append(text, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
  }
  return text;
}

}  // namespace vedette
