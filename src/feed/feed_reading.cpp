#include "feed/feed_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <chrono>
#include <cstdio>

#include "base/url.h"

namespace vedette {

namespace {

constexpr std::size_t kLongestDomain = 253;  // RFC 1035, 2.3.4, as text
constexpr std::size_t kLongestNote = 200;
constexpr std::size_t kLongestQuote = 60;

bool all_of(std::string_view text, auto&& is) {
  return std::ranges::all_of(text, [&](char each) { return is(static_cast<unsigned char>(each)); });
}

bool is_lower_hex(unsigned char each) {
  return std::isdigit(each) || (each >= 'a' && each <= 'f');
}

bool is_ja3(std::string_view text) {
  return text.size() == 32 && all_of(text, is_lower_hex);
}

// "t13d1516h2_8daaf6152771_b186095e22b6"
bool is_ja4(std::string_view text) {
  return text.size() == 36 && (text[0] == 't' || text[0] == 'q' || text[0] == 'd') && text[10] == '_' &&
         text[23] == '_' && all_of(text.substr(11, 12), is_lower_hex) &&
         all_of(text.substr(24), is_lower_hex);
}

bool is_domain(std::string_view text) {
  if (text.size() > kLongestDomain || text.find('.') == std::string_view::npos) return false;
  std::size_t label = 0;
  for (const char each : text) {
    const bool dot = each == '.';
    if (!dot && !std::isalnum(static_cast<unsigned char>(each)) && each != '-' && each != '_') return false;
    if (dot ? label == 0 : label >= 63) return false;
    label = dot ? 0 : label + 1;
  }
  // The last label of a name is no number.
  return label > 0 &&
         !all_of(text.substr(text.rfind('.') + 1), [](unsigned char each) { return std::isdigit(each); });
}

std::string lower(std::string_view text) {
  std::string all(text);
  std::ranges::transform(all, all.begin(),
                         [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  return all;
}

std::uint32_t number_of(const Prefix& address) {
  const std::uint8_t* bytes = address.address.bytes;
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

Prefix network_of(std::uint32_t first, std::uint8_t length) {
  vdt_address address{};
  for (int at = 0; at < 4; at++) address.bytes[at] = static_cast<std::uint8_t>(first >> (24 - 8 * at));
  return prefix_of(address, 4, length);
}

}  // namespace

std::string_view without_space(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> utc_seconds(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(std::string(text).c_str(), "%4d-%2u-%2uT%2d:%2d:%2d", &year, &month, &day, &hour, &minute,
                  &second) != 6)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || year < 1970) return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                    std::chrono::seconds(second);
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

void FeedReading::bad(std::size_t line, std::string what) {
  content_.bad++;
  if (content_.bad_lines.size() < kBadLinesTold) content_.bad_lines.push_back({line, std::move(what)});
}

bool FeedReading::is_full(std::size_t line) {
  if (content_.size() < kMostIndicators) return false;
  bad(line, fmt::format("is behind the first {} indicators", kMostIndicators));
  return true;
}

bool FeedReading::add_networks(std::string_view text, std::string_view note, std::uint64_t until_s) {
  const auto put = [&](const Prefix& prefix) {
    content_.networks.push_back({prefix, until_s, std::string(note)});
    return true;
  };
  const std::size_t dash = text.find('-'), slash = text.find('/');
  if (dash != std::string_view::npos) {
    const auto first = parse_prefix(without_space(text.substr(0, dash))),
               last = parse_prefix(without_space(text.substr(dash + 1)));
    if (!first || !last || first->ip_version != 4 || last->ip_version != 4 || first->length != 32 ||
        last->length != 32)
      return false;
    std::uint64_t at = number_of(*first);
    const std::uint64_t end = std::uint64_t{number_of(*last)} + 1;
    if (at >= end) return false;
    while (at < end) {
      const int aligned = at == 0 ? 32 : std::countr_zero(at),
                fits = static_cast<int>(std::bit_width(end - at)) - 1;
      const int bits = std::min({aligned, fits, 32});
      put(network_of(static_cast<std::uint32_t>(at), static_cast<std::uint8_t>(32 - bits)));
      at += 1ULL << bits;
    }
    return true;
  }
  const auto address = parse_prefix(text.substr(0, slash));
  if (!address) return false;
  if (slash == std::string_view::npos) return put(*address);
  const std::string_view digits = text.substr(slash + 1);
  if (digits.empty() || digits.size() > 3 ||
      !all_of(digits, [](unsigned char each) { return std::isdigit(each); }))
    return false;
  const unsigned length = static_cast<unsigned>(std::stoul(std::string(digits)));
  if (length > Prefix::longest(address->ip_version)) return false;
  return put(prefix_of(address->address, address->ip_version, static_cast<std::uint8_t>(length)));
}

void FeedReading::add(std::size_t line, std::string_view text, std::string_view note, std::uint64_t until_s) {
  if (is_full(line)) return;
  text = without_space(text);
  note = without_space(note).substr(0, kLongestNote);
  if (text.find("://") != std::string_view::npos) {
    const std::string host = lower(host_of_url(text));
    if (is_domain(host) || parse_prefix(host))
      return content_.url_hosts.push_back({host, std::string(text.substr(0, kLongestNote))});
  }
  if (add_networks(text, note, until_s)) return;
  const std::string value = lower(text);
  FedIndicator indicator{value, std::string(note)};
  if (is_ja3(value)) return content_.ja3.push_back(std::move(indicator));
  if (is_ja4(value)) return content_.ja4.push_back(std::move(indicator));
  if (is_domain(value)) return content_.domains.push_back(std::move(indicator));
  bad(line, fmt::format("expected an address, a network, a domain, a URL or a fingerprint, found {:?}",
                        text.substr(0, kLongestQuote)));
}

}  // namespace vedette
