// The gateway's reader of requests' heads: told in two parts it says the same as told at once, and what it
// takes has nothing in it that another reader on the way could take for something else (RFC 9112 §5, §6,
// §11.2).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/head_reading.h"

namespace {

using namespace vedette;

void expect(bool holds) {
  if (!holds) std::abort();
}

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(),
                         [](char one) { return one >= 'A' && one <= 'Z' ? one + 32 : one; });
  return small;
}

// How many fields have this name, in whatever case, whatever stands before its colon.
std::size_t fields_named(std::string_view head, std::string_view name) {
  const std::string small = lower(head);
  std::size_t count = 0;
  for (std::size_t at = small.find('\n'); at != std::string::npos; at = small.find('\n', at + 1)) {
    const std::size_t colon = small.find(':', at);
    if (colon == std::string::npos) break;
    std::string before = small.substr(at + 1, colon - at - 1);
    std::erase_if(before, [](char one) { return one == ' ' || one == '\t' || one == '\r'; });
    count += before == name;
  }
  return count;
}

void hold_to_the_grammar(std::string_view text, const RequestHead& head) {
  expect(std::ranges::count(text, '\r') == std::ranges::count(text, '\n'));
  expect(text.find('\0') == std::string_view::npos);
  expect(text.find("\n ") == std::string_view::npos && text.find("\n\t") == std::string_view::npos);
  expect(head.path.starts_with('/'));
  const std::size_t hosts = fields_named(text, "host"), lengths = fields_named(text, "content-length"),
                    codings = fields_named(text, "transfer-encoding");
  expect(hosts == 1 || (head.http_1_0 && hosts == 0));
  expect(lengths + codings <= 1);
  expect(lengths == (head.content_length ? 1 : 0) && codings == (head.chunked ? 1 : 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t cut = (std::size_t{data[0]} << 8 | data[1]) % (size - 1);
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::size_t length = 0, of_part = 0;
  const auto flaw = find_head(text, length);
  const auto of_begin = find_head(text.substr(0, cut), of_part);
  expect(!of_begin || flaw);
  expect(of_part == 0 || of_part == length);
  if (flaw || length == 0) return 0;
  expect(length <= text.size() && text.substr(0, length).ends_with("\r\n\r\n"));
  RequestHead head;
  if (!read_head(text.substr(0, length), head)) hold_to_the_grammar(text.substr(0, length), head);
  return 0;
}
