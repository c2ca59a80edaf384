// Addresses as protocols carry them: 4 or 16 bytes in network order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "base/address.h"

namespace vedette {

// `bytes` are 4 or 16.
[[nodiscard]] inline vdt_address address_of(std::span<const std::uint8_t> bytes) {
  vdt_address address{};
  std::ranges::copy(bytes, address.bytes);
  return address;
}

[[nodiscard]] inline std::string address_bytes_text(std::span<const std::uint8_t> bytes) {
  return address_text(address_of(bytes), bytes.size() == 4 ? 4 : 6);
}

}  // namespace vedette
