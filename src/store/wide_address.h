// Addresses as one number of 128 bits, as the store keeps them: IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
#pragma once

#include <cstdint>
#include <string>

#include "abi/flow_key.h"

namespace vedette {

[[nodiscard]] unsigned __int128 wide_address(const vdt_address& address, std::uint8_t ip_version);
[[nodiscard]] vdt_address narrow_address(unsigned __int128 wide, std::uint8_t ip_version);
// In its canonical form.
[[nodiscard]] std::string wide_address_text(unsigned __int128 wide);

}  // namespace vedette
