#include "base/address.h"

#include <arpa/inet.h>

#include <array>

namespace vedette {

namespace {

// Runs for each packet told; a dotted quad needs no formatter. Returns the end of what it wrote.
char* write_octet(char* to, unsigned octet) {
  if (octet >= 100) *to++ = static_cast<char>('0' + octet / 100);
  if (octet >= 10) *to++ = static_cast<char>('0' + octet / 10 % 10);
  *to++ = static_cast<char>('0' + octet % 10);
  return to;
}

}  // namespace

void append_address(fmt::memory_buffer& out, const vdt_address& address, std::uint8_t ip_version) {
  if (ip_version == 4) {
    const std::size_t at = out.size();
    out.resize(at + INET_ADDRSTRLEN);
    char* to = write_octet(out.data() + at, address.bytes[0]);
    for (int i = 1; i < 4; i++) {
      *to++ = '.';
      to = write_octet(to, address.bytes[i]);
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
    return;
  }
  // glibc's inet_ntop writes RFC 5952's form: longest run of zeros shortened, lower case, and dotted only
  // for v4-mapped and v4-compatible addresses.
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, address.bytes, text.data(), text.size());
  out.append(std::string_view(text.data()));
}

std::string address_text(const vdt_address& address, std::uint8_t ip_version) {
  fmt::memory_buffer out;
  append_address(out, address, ip_version);
  return fmt::to_string(out);
}

void append_mac(fmt::memory_buffer& out, std::span<const std::uint8_t, 6> mac) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = 0; i < mac.size(); i++) {
    if (i > 0) out.push_back(':');
    out.push_back(kHex[mac[i] >> 4]);
    out.push_back(kHex[mac[i] & 15]);
  }
}

}  // namespace vedette
