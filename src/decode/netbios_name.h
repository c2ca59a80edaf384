// NetBIOS names: sixteen bytes, of which the last says what it is the name of, as two letters a byte in a DNS
// label (RFC 1001 §14.1).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vedette {

inline constexpr std::size_t kNetbiosNameBytes = 16;

struct NetbiosName {
  std::string name;         // without the blanks and zeros that pad it; control characters as \DDD
  std::uint8_t suffix = 0;  // 0x00 workstation, 0x1b domain master, 0x20 file server …

  // "WORKGROUP<1d>".
  [[nodiscard]] std::string text() const;
};

// Out of sixteen bytes.
[[nodiscard]] NetbiosName netbios_name(std::span<const std::uint8_t, kNetbiosNameBytes> bytes);

// The name at `at` in a message, its scope behind a dot. Nothing where it isn't encoded so.
[[nodiscard]] std::optional<NetbiosName> read_netbios_name(std::span<const std::uint8_t> message,
                                                           std::size_t at);

}  // namespace vedette
