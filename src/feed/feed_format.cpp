#include "feed/feed_format.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "feed/feed_reading.h"

namespace vedette {

namespace {

constexpr std::array<std::pair<std::string_view, FeedFormat>, 7> kNames{{{"auto", FeedFormat::kAuto},
                                                                         {"plain", FeedFormat::kPlain},
                                                                         {"hosts", FeedFormat::kHosts},
                                                                         {"csv", FeedFormat::kCsv},
                                                                         {"spamhaus", FeedFormat::kSpamhaus},
                                                                         {"misp", FeedFormat::kMisp},
                                                                         {"stix", FeedFormat::kStix}}};

FeedFormat guessed(std::string_view text) {
  const std::string_view begin = without_space(text.substr(0, 4096));
  if (begin.empty() || (begin.front() != '{' && begin.front() != '[')) return FeedFormat::kPlain;
  const auto has = [&](std::string_view word) { return begin.find(word) != std::string_view::npos; };
  if (has("\"bundle\"") || has("\"objects\"")) return FeedFormat::kStix;
  if (has("\"cidr\"")) return FeedFormat::kSpamhaus;
  return FeedFormat::kMisp;
}

}  // namespace

std::string_view feed_format_name(FeedFormat format) {
  for (const auto& [name, each] : kNames)
    if (each == format) return name;
  return "";
}

Result<FeedFormat> feed_format_of(std::string_view name) {
  for (const auto& [known, each] : kNames)
    if (known == name) return each;
  return unusable("format",
                  fmt::format("expected auto, plain, hosts, csv, spamhaus, misp or stix, found {}", name));
}

Result<FeedContent> read_feed(std::string_view text, const FeedForm& form) {
  FeedContent content;
  Result<void> read;
  switch (form.format == FeedFormat::kAuto ? guessed(text) : form.format) {
    case FeedFormat::kHosts:
      read_hosts_feed(text, content);
      break;
    case FeedFormat::kCsv:
      read = read_csv_feed(text, form.column, content);
      break;
    case FeedFormat::kSpamhaus:
      read_spamhaus_feed(text, content);
      break;
    case FeedFormat::kMisp:
      read = read_misp_feed(text, content);
      break;
    case FeedFormat::kStix:
      read = read_stix_feed(text, content);
      break;
    default:
      read_plain_feed(text, content);
  }
  if (!read) return std::unexpected(read.error());
  return content;
}

}  // namespace vedette
