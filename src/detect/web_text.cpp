#include "detect/web_text.h"

#include <optional>

namespace vedette {

namespace {

constexpr std::size_t kMostText = 4096;  // bytes that are looked at

int digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

// The number that so many hexadecimal digits at `at` say; -1 where they aren't there.
int hex_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; i++) {
    if (digit(text[i]) < 0) return -1;
    value = value * 16 + digit(text[i]);
  }
  return value;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 1 < text.size() && (text[i + 1] == 'u' || text[i + 1] == 'U')) {
      const int value = hex_at(text, i + 2, 4);
      if (value >= 0 && value < 0x80) {
        out += static_cast<char>(value);
        i += 5;
        continue;
      }
    }
    const int value = hex_at(text, i + 1, 2);
    if (value < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

// "/", "\" and "." in two bytes of UTF-8.
std::string without_overlong(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i++) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if ((lead == 0xc0 || lead == 0xc1) && i + 1 < text.size()) {
      out += static_cast<char>((lead & 1) << 6 | (text[i + 1] & 0x3f));
      i++;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string web_text(std::string_view raw, bool query) {
  std::string text(raw.substr(0, kMostText));
  if (query)
    for (char& letter : text)
      if (letter == '+') letter = ' ';
  text = without_overlong(decoded(decoded(text)));
  std::string out;
  for (char letter : text) {
    if (letter == '\t' || letter == '\r' || letter == '\v' || letter == '\f') letter = ' ';
    if (letter == ' ' && out.ends_with(' ')) continue;
    out += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return out;
}

std::string without_comments(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = text.find("/*");
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const std::size_t end = text.find("*/", begin + 2);
    if (end == std::string_view::npos) {
      out += text.substr(begin);
      break;
    }
    text.remove_prefix(end + 2);
    if (!out.empty() && out.back() != ' ' && !text.empty() && text.front() != ' ') out += ' ';
  }
  return out;
}

std::string without_lookups(std::string_view raw) {
  std::string text(raw.substr(0, kMostText));
  constexpr int kMostLookups = 64;
  std::size_t from = text.size();
  for (int i = 0; i < kMostLookups; i++) {
    const std::size_t begin = from == 0 ? std::string::npos : text.rfind("${", from);
    if (begin == std::string::npos) break;
    const std::size_t end = text.find('}', begin);
    if (end == std::string::npos) {
      from = begin == 0 ? 0 : begin - 1;
      continue;
    }
    const std::string_view inside = std::string_view(text).substr(begin + 2, end - begin - 2);
    std::optional<std::string> value;
    if (const std::size_t other = inside.find(":-"); other != std::string_view::npos)
      value = std::string(inside.substr(other + 2));
    else if (inside.starts_with("lower:") || inside.starts_with("upper:"))
      value = std::string(inside.substr(6));
    if (value) {
      text.replace(begin, end - begin + 1, *value);
      from = text.size();
    } else {
      from = begin == 0 ? 0 : begin - 1;
    }
  }
  return text;
}

}  // namespace vedette
