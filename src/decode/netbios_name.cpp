#include "decode/netbios_name.h"

#include <algorithm>
#include <array>

#include "decode/dns_message.h"
#include "decode/encodings.h"

namespace vedette {

namespace {

constexpr std::size_t kLetters = 2 * kNetbiosNameBytes;

}  // namespace

std::string NetbiosName::text() const {
  return name + "<" + hex_text({&suffix, 1}) + ">";
}

NetbiosName netbios_name(std::span<const std::uint8_t, kNetbiosNameBytes> bytes) {
  std::span<const std::uint8_t> letters = bytes.first(kNetbiosNameBytes - 1);
  while (!letters.empty() && (letters.back() == ' ' || letters.back() == 0))
    letters = letters.first(letters.size() - 1);
  NetbiosName name{.name = {}, .suffix = bytes.back()};
  append_dns_text(name.name, letters, DnsText::kUtf8, "");
  return name;
}

std::optional<NetbiosName> read_netbios_name(std::span<const std::uint8_t> message, std::size_t at) {
  const auto full = dns_name(message, at, DnsText::kUtf8);
  if (!full || full->size() < kLetters || (full->size() > kLetters && (*full)[kLetters] != '.')) return {};
  std::array<std::uint8_t, kNetbiosNameBytes> bytes{};
  for (std::size_t i = 0; i < kLetters; i++) {
    const char letter = (*full)[i];
    if (letter < 'A' || letter > 'P') return {};
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | (letter - 'A'));
  }
  NetbiosName name = netbios_name(bytes);
  name.name += full->substr(kLetters);
  return name;
}

}  // namespace vedette
