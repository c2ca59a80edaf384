#include "gateway/head_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vedette {

namespace {

HeadFlaw bad(std::string detail) {
  return {400, std::move(detail)};
}

// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char one) {
    return (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') ||
           kOthers.find(one) != std::string_view::npos;
  });
}

bool is_visible(char one) {
  return one > 0x20 && one < 0x7f;
}

// Text of a field: no control characters but the tab; bytes from 0x80 on have no meaning and are let through.
bool is_field_text(std::string_view text) {
  return std::ranges::all_of(text, [](char one) {
    const auto byte = static_cast<unsigned char>(one);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& one : small)
    if (one >= 'A' && one <= 'Z') one = static_cast<char>(one - 'A' + 'a');
  return small;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A name or an address, with a port or without.
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char one) {
    return (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') ||
           std::string_view(".-_:[]").find(one) != std::string_view::npos;
  });
}

std::optional<HeadFlaw> read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return bad("expected \"METHOD TARGET HTTP/1.1\" in the first line");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  head.method = line.substr(0, first);
  if (!is_token(head.method) || head.method.size() > 16) return bad("expected a method in the first line");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.starts_with("HTTP/")) return HeadFlaw{505, "expected HTTP/1.1 or HTTP/1.0"};
    return bad("expected HTTP/1.1 at the end of the first line");
  }
  head.http_1_0 = version == "HTTP/1.0";
  if (target.size() > kLongestTarget)
    return HeadFlaw{
        414, fmt::format("expected a target of {} bytes at most, found {}", kLongestTarget, target.size())};
  if (!target.starts_with('/') || !std::ranges::all_of(target, is_visible) ||
      target.find('#') != std::string_view::npos)
    return bad("expected a target that begins with / and holds no fragment, space or control character");
  const std::size_t question = std::min(target.find('?'), target.size());
  head.path = target.substr(0, question);
  head.query = target.substr(std::min(question + 1, target.size()));
  return std::nullopt;
}

struct KnownField {
  std::string_view name;
  std::string RequestHead::*value;
};

constexpr std::array kFields{
    KnownField{"host", &RequestHead::host},
    KnownField{"authorization", &RequestHead::authorization},
    KnownField{"cookie", &RequestHead::cookie},
    KnownField{"x-vedette-csrf", &RequestHead::csrf},
    KnownField{"origin", &RequestHead::origin},
    KnownField{"sec-fetch-site", &RequestHead::fetch_site},
    KnownField{"content-type", &RequestHead::content_type},
    KnownField{"last-event-id", &RequestHead::last_event_id},
};
// Lists, which may come in several fields.
constexpr std::array kLists{
    KnownField{"accept", &RequestHead::accept},
    KnownField{"accept-encoding", &RequestHead::accept_encoding},
    KnownField{"if-none-match", &RequestHead::if_none_match},
};

// Fields that tell how the request is framed.
struct Framing {
  unsigned lengths = 0;
  unsigned codings = 0;
  bool host = false;
};

std::optional<HeadFlaw> read_length(std::string_view value, RequestHead& head) {
  std::uint64_t length = 0;
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, length);
  if (value.empty() || value.front() == '+' || read.ec != std::errc() || read.ptr != end)
    return bad(fmt::format("content-length: expected a whole number, found \"{}\"", value));
  head.content_length = length;
  return std::nullopt;
}

void read_connection(std::string_view value, RequestHead& head) {
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(','), value.size());
    const std::string option = lower(trimmed(value.substr(0, end)));
    value.remove_prefix(std::min(end + 1, value.size()));
    if (option == "close") head.keeps_alive = false;
    if (option == "keep-alive" && head.http_1_0) head.keeps_alive = true;
  }
}

std::optional<HeadFlaw> read_known(const std::string& name, std::string_view value, RequestHead& head) {
  if (const auto* one = std::ranges::find(kFields, name, &KnownField::name); one != kFields.end()) {
    std::string& text = head.*(one->value);
    if (!text.empty()) return bad(fmt::format("{}: expected once, found again", name));
    text = value;
  }
  if (const auto* one = std::ranges::find(kLists, name, &KnownField::name); one != kLists.end()) {
    std::string& text = head.*(one->value);
    if (!text.empty()) text += ", ";
    text += value;
  }
  return std::nullopt;
}

std::optional<HeadFlaw> read_field(std::string_view line, RequestHead& head, Framing& framing) {
  if (line.front() == ' ' || line.front() == '\t')
    return bad("expected a field a line, found one that is folded");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return bad("expected \"NAME: VALUE\" with nothing between name and colon");
  const std::string name = lower(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_text(value)) return bad(fmt::format("{}: found a control character", name));
  if (name == "content-length") {
    if (framing.lengths++ != 0) return bad("content-length: expected once, found again");
    return read_length(value, head);
  }
  if (name == "transfer-encoding") {
    if (framing.codings++ != 0) return bad("transfer-encoding: expected once, found again");
    if (lower(value) != "chunked")
      return HeadFlaw{501, fmt::format("transfer-encoding: expected chunked, found \"{}\"", value)};
    head.chunked = true;
    return std::nullopt;
  }
  if (name == "expect") {
    if (lower(value) != "100-continue")
      return HeadFlaw{417, fmt::format("expect: expected 100-continue, found \"{}\"", value)};
    head.awaits_continue = !head.http_1_0;
    return std::nullopt;
  }
  if (name == "host") {
    if (framing.host) return bad("host: expected once, found again");
    framing.host = true;
    if (!is_host(value)) return bad("host: expected a name or an address");
  }
  if (name == "connection") {
    read_connection(value, head);
    return std::nullopt;
  }
  return read_known(name, value, head);
}

}  // namespace

std::optional<HeadFlaw> find_head(std::string_view bytes, std::size_t& length) {
  length = 0;
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n', end + 1)) {
    if (end == 0 || bytes[end - 1] != '\r')
      return bad("expected CR LF at the end of each line, found LF alone");
    if (end + 1 > kLongestHead) break;
    if (end == 1) return bad("expected a request, found an empty line");
    if (end >= 3 && bytes[end - 2] == '\n') {
      length = end + 1;
      return std::nullopt;
    }
  }
  if (bytes.size() >= kLongestHead)
    return HeadFlaw{431, fmt::format("expected a head of {} bytes at most", kLongestHead)};
  return std::nullopt;
}

std::optional<HeadFlaw> read_head(std::string_view bytes, RequestHead& head) {
  head = {};
  Framing framing;
  std::size_t fields = 0;
  for (bool first = true; bytes.size() > 2; first = false) {
    const std::size_t end = bytes.find("\r\n");
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (line.find('\r') != std::string_view::npos) return bad("found CR alone");
    if (!first && ++fields > kMostFields)
      return HeadFlaw{431, fmt::format("expected {} fields at most", kMostFields)};
    auto flaw = first ? read_request_line(line, head) : read_field(line, head, framing);
    if (flaw) return flaw;
    if (first) head.keeps_alive = !head.http_1_0;
  }
  if (!framing.host && !head.http_1_0) return bad("expected the field Host, found none");
  if (head.chunked && head.content_length)
    return bad("expected content-length or transfer-encoding, found both");
  if (head.chunked && head.http_1_0) return bad("transfer-encoding: HTTP/1.0 has none");
  return std::nullopt;
}

}  // namespace vedette
