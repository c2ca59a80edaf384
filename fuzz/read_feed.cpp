// Feeds of every format: whatever comes, networks have no bits behind their length, and what is told of bad
// lines is bounded.
#include <cstdint>
#include <cstdlib>

#include "feed/feed_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  if (size == 0) return 0;
  const auto format = static_cast<FeedFormat>(data[0] % (static_cast<int>(FeedFormat::kStix) + 1));
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto content = read_feed(text, {format, data[0] & 0x80 ? "dst_ip" : ""});
  if (!content) return 0;
  if (content->bad_lines.size() > kBadLinesTold) std::abort();
  for (const FedNetwork& one : content->networks)
    if (prefix_of(one.prefix.address, one.prefix.ip_version, one.prefix.length) != one.prefix) std::abort();
  return 0;
}
