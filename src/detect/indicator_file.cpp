#include "detect/indicator_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/url.h"
#include "decode/text.h"

namespace vedette {

namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

bool is_hex(char letter) {
  return is_digit(letter) || (upper_case(letter) >= 'A' && upper_case(letter) <= 'F');
}

bool is_letter(char letter) {
  return upper_case(letter) >= 'A' && upper_case(letter) <= 'Z';
}

// MD5, SHA-1, SHA-256; or JA4: "t13d1516h2_8daaf6152771_e5627efa2ab1".
bool is_fingerprint(std::string_view word) {
  constexpr std::size_t kMd5 = 32, kSha1 = 40, kSha256 = 64, kJa4 = 36;
  if (word.size() == kJa4 && word[10] == '_' && word[23] == '_')
    return std::ranges::all_of(word.substr(11, 12), is_hex) && std::ranges::all_of(word.substr(24), is_hex);
  return (word.size() == kMd5 || word.size() == kSha1 || word.size() == kSha256) &&
         std::ranges::all_of(word, is_hex);
}

// RFC 1035 §2.3.1, with "_" and digits anywhere, and a last label of letters or of "xn--" (RFC 5890).
bool is_domain(std::string_view word) {
  constexpr std::size_t kMostName = 253, kMostLabel = 63;
  if (word.ends_with('.')) word.remove_suffix(1);
  if (word.empty() || word.size() > kMostName) return false;
  std::size_t labels = 0;
  std::string_view last;
  while (!word.empty()) {
    last = take_until(word, '.');
    if (last.empty() || last.size() > kMostLabel || last.starts_with('-') || last.ends_with('-'))
      return false;
    if (!std::ranges::all_of(last, [](char letter) {
          return is_letter(letter) || is_digit(letter) || letter == '-' || letter == '_';
        }))
      return false;
    labels++;
  }
  return labels > 1 && last.size() > 1 && (last.starts_with("xn--") || std::ranges::all_of(last, is_letter));
}

// Of a hosts file, where a name's address is nobody's.
bool is_placeholder(std::string_view word) {
  return word == "0.0.0.0" || word == "127.0.0.1" || word == "::" || word == "::1";
}

bool add_word(std::string_view word, std::uint16_t feed, IndicatorTable& table) {
  const bool is_url = word.find("://") != std::string_view::npos;
  if (is_url) word = host_of_url(word);
  if (is_placeholder(word)) return false;
  if (is_url && (is_domain(word) || parse_prefix(word))) {
    table.add_url_host(word, feed);
    return true;
  }
  if (const auto prefix = parse_prefix(word); prefix && prefix->length > 0) {
    table.add(*prefix, feed);
    return true;
  }
  if (is_fingerprint(word)) {
    table.add_fingerprint(word, feed);
    return true;
  }
  if (!is_domain(word)) return false;
  table.add_domain(word, feed);
  return true;
}

bool add_first(std::string_view line, std::uint16_t feed, IndicatorTable& table) {
  constexpr std::string_view kBetween = " \t,\"'|";
  while (!line.empty()) {
    const std::size_t begin = line.find_first_not_of(kBetween);
    if (begin == std::string_view::npos) return false;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(kBetween), line.size());
    if (add_word(line.substr(0, end), feed, table)) return true;
    line.remove_prefix(end);
  }
  return false;
}

}  // namespace

IndicatorsRead add_indicators(std::string_view text, std::uint16_t feed, IndicatorTable& table) {
  IndicatorsRead read;
  for (std::size_t number = 1; !text.empty(); number++) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line.substr(0, line.find(';')));
    if (line.empty() || line.starts_with('#') || line.starts_with("//")) continue;
    if (add_first(line, feed, table)) {
      read.added++;
      continue;
    }
    if (read.without == 0) read.first_without = number;
    read.without++;
  }
  return read;
}

Result<IndicatorsRead> add_indicators(const std::string& path, IndicatorTable& table) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.fail()) return unusable(path, std::strerror(errno ? errno : EIO));
  const IndicatorsRead read = add_indicators(text.view(), table.add_feed(path), table);
  if (read.added == 0)
    return unusable(path, "expected a line with an address, network, domain or fingerprint");
  return read;
}

}  // namespace vedette
