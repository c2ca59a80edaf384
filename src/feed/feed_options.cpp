#include "feed/feed_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/url.h"

namespace vedette {

namespace {

constexpr std::size_t kLongestName = 31;

Result<std::chrono::seconds> duration_of(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr));
  const std::string_view units = "smhd";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86'400};
  constexpr std::int64_t kLongest = 3650;  // days, as an end's time is kept in 32 bits of seconds
  if (read.ec != std::errc() || unit.size() != 1 || units.find(unit) == std::string_view::npos ||
      number < 1 || number > kLongest * 86'400 / kSeconds[units.find(unit)])
    return unusable("--feed", fmt::format("expected a time like 90s, 10m, 2h or 7d, found {}", text));
  return std::chrono::seconds(number * kSeconds[units.find(unit)]);
}

Result<void> set(FeedOptions& options, std::string_view key, std::string_view value) {
  if (key == "format") {
    const auto format = feed_format_of(value);
    if (!format) return std::unexpected(format.error());
    options.form.format = *format;
  } else if (key == "column") {
    options.form.column = value;
  } else if (key == "every" || key == "ttl") {
    const auto duration = duration_of(value);
    if (!duration) return std::unexpected(duration.error());
    if (key == "every")
      options.every = *duration;
    else
      options.ttl = *duration;
  } else if (key == "least") {
    unsigned percent = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), percent);
    if (read.ec != std::errc() || percent > 100 ||
        std::string_view(read.ptr, value.data() + value.size()) != "%")
      return unusable("--feed", fmt::format("least: expected 0% to 100%, found {}", value));
    options.least = percent / 100.0;
  } else if (key == "observe" && value.empty()) {
    options.observe = true;
  } else {
    return unusable("--feed",
                    fmt::format("expected format, column, every, ttl, least or observe, found {}", key));
  }
  return {};
}

}  // namespace

Result<FeedOptions> parse_feed_options(std::string_view text) {
  FeedOptions options;
  const std::size_t equals = text.find('='), comma = text.find(',');
  if (equals == std::string_view::npos || comma < equals)
    return unusable("--feed", fmt::format("expected NAME=FILE or NAME=URL, found {}", text));
  options.name = text.substr(0, equals);
  const bool named = std::ranges::all_of(options.name, [](unsigned char each) {
    return std::isalnum(each) || each == '.' || each == '-' || each == '_';
  });
  if (!named || options.name.empty() || options.name.size() > kLongestName)
    return unusable("--feed",
                    fmt::format("a name has up to {} letters, digits, \".\", \"-\" and \"_\", found {}",
                                kLongestName, options.name));
  options.source = text.substr(equals + 1, comma == std::string_view::npos ? comma : comma - equals - 1);
  if (options.source.empty())
    return unusable("--feed", fmt::format("{}: names no file and no URL", options.name));
  if (options.source.find("://") != std::string::npos &&
      !(is_http_url(options.source) && !host_of_url(options.source).empty()))
    return unusable("--feed", fmt::format("{}: expected a file, http:// or https:// and a host, found {}",
                                          options.name, shown_url(options.source)));
  std::string_view rest = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const std::size_t at = std::min(one.find('='), one.size());
    if (auto known =
            set(options, one.substr(0, at), at < one.size() ? one.substr(at + 1) : std::string_view());
        !known)
      return std::unexpected(known.error());
  }
  return options;
}

}  // namespace vedette
