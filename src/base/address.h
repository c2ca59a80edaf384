// Addresses in their canonical text form: IPv4 dotted, IPv6 by RFC 5952, MACs as lower-case hex.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>

#include "abi/flow_key.h"

namespace vedette {

// Appends `address`; `ip_version` is 4 or 6.
void append_address(fmt::memory_buffer& out, const vdt_address& address, std::uint8_t ip_version);

[[nodiscard]] std::string address_text(const vdt_address& address, std::uint8_t ip_version);

// Appends six bytes as "02:42:ac:11:00:02".
void append_mac(fmt::memory_buffer& out, std::span<const std::uint8_t, 6> mac);

}  // namespace vedette
