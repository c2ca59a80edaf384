#include "decode/dns_over_http.h"

#include <optional>
#include <vector>

#include "decode/derived.h"
#include "decode/dns.h"
#include "decode/dns_message.h"
#include "decode/encodings.h"
#include "decode/text.h"
#include "decode/text_message.h"

namespace vedette {

namespace {

bool is_dns_type(std::string_view type) {
  return begins_with_in_any_case(type, "application/dns-message");
}

// The value of the target's parameter "dns"; nothing where there is none.
std::optional<std::string_view> query_in(std::string_view target) {
  static_cast<void>(take_until(target, '?'));
  for (std::string_view rest = target; !rest.empty();) {
    std::string_view value = take_until(rest, '&');
    if (take_until(value, '=') == "dns") return value;
  }
  return {};
}

}  // namespace

bool DnsOverHttp::is_one() const {
  if (is_dns_type(request_type)) return true;
  return method == "GET" && query_in(target) && (is_dns_type(response_type) || is_dns_type(accept));
}

void decode_dns_over_http(const DnsOverHttp& dns, std::span<const std::uint8_t> request_content,
                          std::span<const std::uint8_t> response_content,
                          const std::array<Nanoseconds, 2>& times, Handshakes& handshakes) {
  DerivedBytes derived;
  if (dns.method == "GET") {
    const auto query = base64url_bytes(query_in(dns.target).value_or(""));
    if (query) derived.add_datagram(0, *query, times[0], false);
  } else {
    derived.add_datagram(0, request_content, times[0], false);
  }
  if (is_dns_type(dns.response_type)) derived.add_datagram(1, response_content, times[1], false);
  // It is known to be DNS, as it is on its own port.
  const Heads heads{.bytes = {derived.bytes[0], derived.bytes[1]},
                    .arrivals = {derived.arrivals[0], derived.arrivals[1]},
                    .ended = {true, true},
                    .ports = {0, kDnsPort},
                    .now = times[1]};
  if (!heads.bytes[0].empty() || !heads.bytes[1].empty())
    static_cast<void>(decode_dns_udp(heads, handshakes));
}

}  // namespace vedette
