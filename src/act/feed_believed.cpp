#include "act/feed_believed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/url.h"

namespace vedette {

namespace {

constexpr std::uintmax_t kLongestFeed = 256U << 20;  // bytes: four million lines of 64

// An error page, or a portal's that wants a log-in.
bool is_web_page(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  std::string begin(text.substr(0, 16));
  std::ranges::transform(begin, begin.begin(), [](unsigned char one) { return std::tolower(one); });
  return begin.starts_with("<!doctype html") || begin.starts_with("<html");
}

}  // namespace

Result<FeedContent> believed_feed(std::string_view text, const FeedOptions& options, std::size_t before) {
  const std::string where = shown_url(options.source);
  if (is_web_page(text)) return failed(where, "is a web page, no feed: the last good content stays");
  auto content = read_feed(text, options.form);
  if (!content) return content;
  if (content->bad > content->size())
    return failed(
        where, fmt::format("has {} lines that can't be used beside {} entries: the last good content stays",
                           content->bad, content->size()));
  if (content->size() == 0 ||
      static_cast<double>(content->size()) < options.least * static_cast<double>(before))
    return failed(
        where,
        fmt::format("has {} entries where it had {}: the last good ones stay", content->size(), before),
        fmt::format("least={}% says from how many on it is believed", static_cast<int>(options.least * 100)));
  std::ranges::sort(content->networks, {}, &FedNetwork::prefix);
  return content;
}

Result<std::string> feed_file_text(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return failed(file.string(), "can't be read: " + error.message());
  if (size > kLongestFeed)
    return failed(file.string(), fmt::format("is longer than {} MiB", kLongestFeed >> 20));
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

}  // namespace vedette
