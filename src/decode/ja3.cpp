#include "decode/ja3.h"

#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "decode/digest.h"

namespace vedette {

namespace {

// Decimal, with "-" between.
template <typename Number>
void append_list(std::string& text, const std::vector<Number>& numbers) {
  bool first = true;
  for (const Number number : numbers) {
    if constexpr (sizeof(Number) == 2)
      if (is_grease(number)) continue;
    if (!first) text += '-';
    fmt::format_to(std::back_inserter(text), "{}", number);
    first = false;
  }
}

}  // namespace

std::string ja3_text(const ClientHello& hello) {
  std::string text = fmt::format("{},", hello.legacy_version);
  append_list(text, hello.cipher_suites);
  text += ',';
  append_list(text, hello.extensions);
  text += ',';
  append_list(text, hello.groups);
  text += ',';
  append_list(text, hello.point_formats);
  return text;
}

std::string ja3(const ClientHello& hello) {
  return md5_hex(ja3_text(hello));
}

std::string ja3s_text(const ServerHello& hello) {
  std::string text = fmt::format("{},{},", hello.legacy_version, hello.cipher_suite);
  append_list(text, hello.extensions);
  return text;
}

std::string ja3s(const ServerHello& hello) {
  return md5_hex(ja3s_text(hello));
}

}  // namespace vedette
