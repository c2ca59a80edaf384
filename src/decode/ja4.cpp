#include "decode/ja4.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "decode/digest.h"

namespace vedette {

namespace {

constexpr std::size_t kDigestShown = 12;  // hex digits

std::vector<std::uint16_t> without_grease(std::vector<std::uint16_t> values) {
  std::erase_if(values, is_grease);
  return values;
}

std::string_view version_text(std::uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    case 0xfeff:
      return "d1";
    case 0xfefd:
      return "d2";
    case 0xfefc:
      return "d3";
    default:
      return "00";
  }
}

// DTLS counts its versions downwards: 0xfefd (1.2) is newer than 0xfeff (1.0).
std::uint16_t highest_version(const ClientHello& hello, Ja4Transport transport) {
  const auto versions = without_grease(hello.supported_versions);
  if (versions.empty()) return hello.legacy_version;
  return transport == Ja4Transport::kDtls ? *std::ranges::min_element(versions)
                                          : *std::ranges::max_element(versions);
}

bool is_alphanumeric(unsigned char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

// First and last character of the first name; of its hex where either is not alphanumeric.
std::string alpn_text(const ClientHello& hello) {
  if (hello.alpn.empty() || hello.alpn.front().empty()) return "00";
  const auto first = static_cast<unsigned char>(hello.alpn.front().front());
  const auto last = static_cast<unsigned char>(hello.alpn.front().back());
  if (is_alphanumeric(first) && is_alphanumeric(last))
    return {static_cast<char>(first), static_cast<char>(last)};
  return fmt::format("{:x}{:x}", first >> 4, last & 0xf);
}

void append_list(std::string& text, const std::vector<std::uint16_t>& values) {
  bool first = true;
  for (const std::uint16_t value : values) {
    if (!first) text += ',';
    fmt::format_to(std::back_inserter(text), "{:04x}", value);
    first = false;
  }
}

std::string short_digest(const std::string& text) {
  if (text.empty()) return std::string(kDigestShown, '0');
  return sha256_hex(text).substr(0, kDigestShown);
}

std::string ciphers_part(std::vector<std::uint16_t> ciphers) {
  std::ranges::sort(ciphers);
  std::string text;
  append_list(text, ciphers);
  return short_digest(text);
}

// Server name and ALPN are counted but not hashed, so that a client has one fingerprint for all servers.
std::string extensions_part(std::vector<std::uint16_t> extensions, const ClientHello& hello) {
  std::erase_if(extensions, [](std::uint16_t type) { return type == kServerName || type == kAlpn; });
  std::ranges::sort(extensions);
  std::string text;
  append_list(text, extensions);
  const auto algorithms = without_grease(hello.signature_algorithms);
  if (algorithms.empty()) return short_digest(text);
  text += '_';
  append_list(text, algorithms);
  return short_digest(text);
}

}  // namespace

std::string ja4(const ClientHello& hello, Ja4Transport transport) {
  constexpr std::size_t kMostCounted = 99;
  const auto ciphers = without_grease(hello.cipher_suites);
  const auto extensions = without_grease(hello.extensions);
  const bool named = std::ranges::find(extensions, kServerName) != extensions.end();
  return fmt::format("{}{}{}{:02}{:02}{}_{}_{}", static_cast<char>(transport),
                     version_text(highest_version(hello, transport)), named ? 'd' : 'i',
                     std::min(ciphers.size(), kMostCounted), std::min(extensions.size(), kMostCounted),
                     alpn_text(hello), ciphers_part(ciphers), extensions_part(extensions, hello));
}

}  // namespace vedette
