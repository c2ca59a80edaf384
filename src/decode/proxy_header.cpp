#include "decode/proxy_header.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "decode/byte_reader.h"
#include "decode/text.h"

namespace vedette {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kText = "PROXY ";
constexpr std::string_view kBinary = "\r\n\r\n\0\r\nQUIT\n"sv;  // §2.2
constexpr std::size_t kLongestText = 107;                       // §2.1
constexpr std::size_t kBinaryHeader = 16;

struct Header {
  enum class State : std::uint8_t { kForeign, kMore, kWhole };
  State state = State::kForeign;
  std::size_t size = 0;  // bytes; with kMore, bytes to wait for
  Handshake told;
};

bool begins_alike(std::string_view head, std::string_view word) {
  const std::size_t size = std::min(head.size(), word.size());
  return head.substr(0, size) == word.substr(0, size);
}

std::optional<std::string> address_in(std::string_view text, int family) {
  vdt_address address{};
  if (inet_pton(family, std::string(text).c_str(), address.bytes) != 1) return {};
  return address_text(address, family == AF_INET ? 4 : 6);
}

std::optional<std::int64_t> port_in(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return port;
}

// "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443", or "PROXY UNKNOWN" and anything.
void read_text(std::string_view head, Header& header) {
  std::string_view rest = head.substr(0, kLongestText);
  const auto line = take_line(rest);
  if (!line) {
    header.state = head.size() < kLongestText ? Header::State::kMore : Header::State::kForeign;
    header.size = head.size() + 1;
    return;
  }
  header.size = std::min(head.size(), kLongestText) - rest.size();
  header.told.app_version = "1";
  std::string_view fields = line->substr(kText.size());
  const std::string_view family = take_until(fields, ' ');
  if (family == "UNKNOWN") {
    header.state = Header::State::kWhole;
    return;
  }
  if (family != "TCP4" && family != "TCP6") return;
  const int kind = family == "TCP4" ? AF_INET : AF_INET6;
  const auto src = address_in(take_until(fields, ' '), kind), dst = address_in(take_until(fields, ' '), kind);
  const auto src_port = port_in(take_until(fields, ' ')), dst_port = port_in(fields);
  if (!src || !dst || !src_port || !dst_port) return;
  header.state = Header::State::kWhole;
  header.told.add("proxied_src_ip", *src);
  header.told.add("proxied_src_port", *src_port);
  header.told.add("proxied_dst_ip", *dst);
  header.told.add("proxied_dst_port", *dst_port);
}

void read_values(ByteReader reader, Handshake& told) {
  enum Type : std::uint8_t { kAlpn = 1, kAuthority = 2 };  // §2.2.1, §2.2.2
  while (!reader.empty()) {
    const std::uint8_t type = reader.u8();
    const auto value = reader.vector16();
    if (reader.failed()) return;
    if (type == kAuthority) told.add("authority", std::string(text_of(value)));
    if (type == kAlpn) told.add("alpn", std::vector<std::string>{std::string(text_of(value))});
  }
}

void read_binary(std::span<const std::uint8_t> head, Header& header) {
  enum Family : std::uint8_t { kUnspecified = 0, kIpv4 = 1, kIpv6 = 2, kUnix = 3 };
  constexpr std::uint8_t kVersion2 = 2;
  constexpr std::size_t kUnixBytes = 216;  // two paths
  header.state = Header::State::kMore;
  header.size = kBinaryHeader;
  if (head.size() < kBinaryHeader) return;
  ByteReader reader(head.subspan(kBinary.size()));
  const std::uint8_t command = reader.u8(), family = reader.u8();
  const std::size_t size = reader.u16();
  if (command >> 4 != kVersion2 || (command & 0xf) > 1 || family >> 4 > kUnix || (family & 0xf) > 2) {
    header.state = Header::State::kForeign;
    return;
  }
  header.size = kBinaryHeader + size;
  if (head.size() < header.size) return;
  header.state = Header::State::kWhole;
  header.told.app_version = "2";
  ByteReader values(reader.take(size));
  if (family >> 4 == kUnix) values.take(kUnixBytes);
  if (family >> 4 == kIpv4 || family >> 4 == kIpv6) {
    const std::size_t length = family >> 4 == kIpv4 ? 4 : 16;
    const std::uint8_t version = family >> 4 == kIpv4 ? 4 : 6;
    vdt_address src{}, dst{};
    std::ranges::copy(values.take(length), src.bytes);
    std::ranges::copy(values.take(length), dst.bytes);
    const std::uint16_t src_port = values.u16(), dst_port = values.u16();
    if (values.failed()) return;
    header.told.add("proxied_src_ip", address_text(src, version));
    header.told.add("proxied_src_port", static_cast<std::int64_t>(src_port));
    header.told.add("proxied_dst_ip", address_text(dst, version));
    header.told.add("proxied_dst_port", static_cast<std::int64_t>(dst_port));
  }
  read_values(values, header.told);
}

Header read_header(std::span<const std::uint8_t> head) {
  Header header;
  header.told.app = "proxy";
  const std::string_view text = text_of(head);
  if (begins_alike(text, kText)) {
    if (text.size() >= kText.size())
      read_text(text, header);
    else
      header.state = Header::State::kMore;
    if (text.size() < kText.size()) header.size = head.size() + 1;
  } else if (begins_alike(text, kBinary)) {
    read_binary(head, header);
  }
  return header;
}

}  // namespace

// The proxy opens the connection, so that the other side has said nothing before its header.
Answer decode_proxy_header(const Heads& heads, Handshakes& handshakes) {
  Answer answer;
  bool may_come = false;
  for (std::size_t i = 0; i < 2; i++) {
    Header header = read_header(heads.bytes[i]);
    if (header.state == Header::State::kWhole) {
      answer = {.verdict = Verdict::kDone, .next = Next::kAny};
      answer.used[i] = header.size;
      handshakes.push_back(std::move(header.told));
      return answer;
    }
    if (header.state != Header::State::kMore || heads.ended[i]) continue;
    answer.need[i] = header.size;
    may_come = may_come || !heads.bytes[i].empty() || heads.bytes[1 - i].empty();
  }
  answer.verdict = may_come ? Verdict::kUndecided : Verdict::kNotMine;
  return answer;
}

}  // namespace vedette
