#include "decode/dns_service_parameters.h"

#include <array>
#include <string_view>

#include "decode/address_bytes.h"
#include "decode/byte_reader.h"
#include "decode/dns_message.h"
#include "decode/encodings.h"

namespace vedette {

namespace {

// By their numbers (IANA "DNS Service Bindings").
constexpr std::array<std::string_view, 10> kKeys = {
    "mandatory", "alpn",     "no-default-alpn", "port",  "ipv4hint",
    "ech",       "ipv6hint", "dohpath",         "ohttp", "tls-supported-groups"};
enum Key : std::uint16_t {
  kMandatory = 0,
  kAlpn = 1,
  kPort = 3,
  kIpv4Hint = 4,
  kEch = 5,
  kIpv6Hint = 6,
};

std::string key_name(std::uint16_t key) {
  return key < kKeys.size() ? std::string(kKeys[key]) : "key" + std::to_string(key);
}

bool append_value(std::string& told, std::uint16_t key, std::span<const std::uint8_t> value) {
  ByteReader rest(value);
  const auto each = [&](auto&& one) {
    for (bool first = true; !rest.empty(); first = false) {
      if (!first) told += ',';
      one();
    }
    return !rest.failed();
  };
  switch (key) {
    case kMandatory:
      return each([&] { told += key_name(rest.u16()); });
    case kAlpn:
      return each([&] { append_dns_text(told, rest.vector8(), DnsText::kAscii, "\\,"); });
    case kPort:
      told += std::to_string(rest.u16());
      return rest.empty() && !rest.failed();
    case kIpv4Hint:
    case kIpv6Hint: {
      const std::size_t size = key == kIpv4Hint ? 4 : 16;
      if (value.size() % size != 0) return false;
      return each([&] { told += address_bytes_text(rest.take(size)); });
    }
    case kEch:
      told += base64_text(value);
      return true;
    default:
      append_dns_text(told, value, DnsText::kAscii, "\\");
      return true;
  }
}

}  // namespace

bool append_service_parameters(std::string& told, std::span<const std::uint8_t> data) {
  ByteReader rest(data);
  for (bool first = true; !rest.empty(); first = false) {
    const std::uint16_t key = rest.u16();
    const auto value = rest.vector16();
    if (rest.failed()) return false;
    if (!first) told += ' ';
    told += key_name(key);
    if (value.empty()) continue;
    told += '=';
    if (!append_value(told, key, value)) return false;
  }
  return true;
}

}  // namespace vedette
