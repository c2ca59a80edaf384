#include "base/prefix.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "base/address.h"

namespace vedette {

bool Prefix::holds(const Prefix& other) const {
  return length <= other.length && prefix_of(other.address, other.ip_version, length) == *this;
}

std::strong_ordering operator<=>(const Prefix& left, const Prefix& right) {
  if (const auto order = left.ip_version <=> right.ip_version; order != 0) return order;
  if (const int order = std::memcmp(left.address.bytes, right.address.bytes, sizeof left.address); order != 0)
    return order <=> 0;
  return left.length <=> right.length;
}

Prefix prefix_of(const vdt_address& address, std::uint8_t ip_version, std::uint8_t length) {
  Prefix prefix{.address = address, .ip_version = ip_version, .length = length};
  for (unsigned at = 0; at < sizeof address.bytes; at++) {
    const int kept = static_cast<int>(length) - static_cast<int>(at * 8);
    if (kept <= 0)
      prefix.address.bytes[at] = 0;
    else if (kept < 8)
      prefix.address.bytes[at] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
  return prefix;
}

Result<Prefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Prefix prefix;
  prefix.ip_version = address.find(':') == std::string::npos ? 4 : 6;
  if (inet_pton(prefix.ip_version == 4 ? AF_INET : AF_INET6, address.c_str(), prefix.address.bytes) != 1)
    return unusable(std::string(text), "expected an IPv4 or IPv6 address, or a prefix like 192.0.2.0/24");
  const std::uint8_t longest = Prefix::longest(prefix.ip_version);
  prefix.length = longest;
  if (slash == std::string_view::npos) return prefix;
  const std::string_view length = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (length.empty() || error != std::errc() || end != length.data() + length.size() || bits > longest)
    return unusable(std::string(text), fmt::format("expected a length of 0 to {} behind the slash", longest));
  prefix.length = static_cast<std::uint8_t>(bits);
  const Prefix network = prefix_of(prefix.address, prefix.ip_version, prefix.length);
  if (network != prefix)
    return unusable(std::string(text), "bits are set behind the prefix",
                    "the network is " + prefix_text(network));
  return prefix;
}

std::string prefix_text(const Prefix& prefix) {
  std::string text = address_text(prefix.address, prefix.ip_version);
  if (prefix.length != Prefix::longest(prefix.ip_version)) text += fmt::format("/{}", prefix.length);
  return text;
}

}  // namespace vedette
