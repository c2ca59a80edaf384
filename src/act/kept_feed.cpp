#include "act/kept_feed.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>

#include "base/synced_file.h"

namespace vedette {

namespace {

// Lines of a name and what it is, an empty one, and the content.
constexpr std::string_view kBegin = "vedette feed 1";

std::optional<std::string_view> line_of(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {};
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool take_line(std::string_view line, KeptFeed& feed) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, space), value = line.substr(space + 1);
  if (name == "url") {
    feed.url = value;
  } else if (name == "etag") {
    feed.etag = value;
  } else if (name == "last_modified") {
    feed.last_modified = value;
  } else if (name == "fetched_ns") {
    std::int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    feed.fetched = Nanoseconds(number);
    return read.ec == std::errc() && read.ptr == value.data() + value.size();
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<void> keep_feed(const std::filesystem::path& file, const KeptFeed& feed) {
  std::string head = fmt::format("{}\nurl {}\nfetched_ns {}\n", kBegin, feed.url, feed.fetched.count());
  if (!feed.etag.empty()) head += fmt::format("etag {}\n", feed.etag);
  if (!feed.last_modified.empty()) head += fmt::format("last_modified {}\n", feed.last_modified);
  return replace_file(file, head + "\n" + feed.text);
}

Result<std::optional<KeptFeed>> kept_feed(const std::filesystem::path& file, const std::string& url) {
  if (std::error_code missing; !std::filesystem::exists(file, missing)) return std::optional<KeptFeed>();
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  std::string_view rest = bytes.view();
  KeptFeed feed;
  bool ours = line_of(rest) == kBegin;
  for (auto line = line_of(rest); ours && line != ""; line = line_of(rest))
    ours = line && take_line(*line, feed);
  if (!ours) return unusable(file.string(), "isn't a feed that was kept");
  if (feed.url != url) return std::optional<KeptFeed>();
  feed.text = rest;
  return std::optional(std::move(feed));
}

}  // namespace vedette
