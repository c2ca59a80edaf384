#include "policy/policy_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "packet/names.h"
#include "policy/near_word.h"
#include "policy/payload_names.h"
#include "policy/service_names.h"

namespace vedette {

namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& letter : small)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return small;
}

}  // namespace

Error unexpected_word(std::string_view what, std::string_view found, std::string hint) {
  constexpr std::size_t kShown = 60;
  const std::string shown =
      found.size() > kShown ? std::string(found.substr(0, kShown)) + "…" : std::string(found);
  return {ErrorKind::kUnusable, {}, fmt::format("expected {}, found \"{}\"", what, shown), std::move(hint)};
}

Result<std::uint64_t> read_number(std::string_view text, std::uint64_t low, std::uint64_t high,
                                  std::string_view what) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!is_digits(text) || error != std::errc() || number < low || number > high)
    return std::unexpected(unexpected_word(what, text));
  return number;
}

Result<NumberRange> read_range(std::string_view text, std::uint16_t high, std::string_view what) {
  const std::size_t dash = text.find('-');
  const auto first = read_number(text.substr(0, dash), 0, high, what);
  if (!first) return std::unexpected(unexpected_word(what, text));
  NumberRange range{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*first)};
  if (dash == std::string_view::npos) return range;
  const auto last = read_number(text.substr(dash + 1), 0, high, what);
  if (!last) return std::unexpected(unexpected_word(what, text));
  range.last = static_cast<std::uint16_t>(*last);
  if (range.last < range.first)
    return std::unexpected(
        unexpected_word("a range that ends behind its begin", text,
                        fmt::format("{}-{} may have been meant", range.last, range.first)));
  return range;
}

Result<NumberRange> read_port(std::string_view text) {
  constexpr std::string_view kWhat = "a port of 0 to 65535, a range like 1000-2000 or a service's name";
  if (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    auto range = read_range(text, 65535, kWhat);
    // "3com-tsmux" is a service.
    if (range || text.find_first_not_of("0123456789-") == std::string_view::npos) return range;
  }
  if (const auto port = service_port(text)) return NumberRange{*port, *port};
  if (service_names().empty())
    return std::unexpected(unexpected_word(kWhat, text, "this host has no /etc/services"));
  return std::unexpected(unexpected_word(kWhat, text, did_you_mean(text, service_names())));
}

std::string range_text(const NumberRange& range) {
  return range.first == range.last ? fmt::format("{}", range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

Result<std::uint8_t> read_protocol(std::string_view text) {
  constexpr std::string_view kWhat = "a protocol's IANA name or number";
  if (is_digits(text)) {
    const auto number = read_number(text, 0, 255, "a protocol's number of 0 to 255");
    if (!number) return std::unexpected(number.error());
    return static_cast<std::uint8_t>(*number);
  }
  const std::string name = lower(text) == "ipv6-icmp" ? "icmpv6" : lower(text);
  std::vector<std::string_view> names;
  for (unsigned protocol = 0; protocol < 256; protocol++) {
    const std::string_view known = protocol_name(static_cast<std::uint8_t>(protocol));
    if (!known.empty() && known == name) return static_cast<std::uint8_t>(protocol);
    if (!known.empty()) names.push_back(known);
  }
  return std::unexpected(unexpected_word(kWhat, text, did_you_mean(name, names)));
}

Result<std::vector<std::uint8_t>> read_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  std::string digits;
  std::ranges::remove_copy(text, std::back_inserter(digits), ' ');
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(digits.data() + at, digits.data() + at + 2, byte, 16);
    if (error != std::errc() || end != digits.data() + at + 2) break;
    bytes.push_back(byte);
  }
  if (digits.empty() || bytes.size() * 2 != digits.size())
    return std::unexpected(unexpected_word("bytes in hexadecimal, two digits each", text));
  return bytes;
}

std::string hex_word(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", byte);
  return text;
}

Result<std::uint8_t> read_tls_version(std::string_view text) {
  const std::string version = lower(text.starts_with("TLS ") ? text.substr(4) : text);
  for (std::uint8_t at = VDT_PAYLOAD_SSL_3; at <= VDT_PAYLOAD_TLS_1_3; at++)
    if (lower(kPayloads[at].text) == version) return at;
  return std::unexpected(unexpected_word("\"SSL 3.0\", 1.0, 1.1, 1.2 or 1.3", text));
}

std::string tls_version_word(std::uint8_t payload_class) {
  return std::string(kPayloads[payload_class].text);
}

}  // namespace vedette
