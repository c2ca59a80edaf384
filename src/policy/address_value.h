// Addresses as numbers: of IPv4 the lowest 32 bits.
#pragma once

#include <cstdint>

#include "abi/flow_key.h"
#include "base/prefix.h"

namespace vedette {

using AddressValue = unsigned __int128;

[[nodiscard]] inline AddressValue address_value(const vdt_address& address, std::uint8_t ip_version) {
  AddressValue value = 0;
  for (int i = 0; i < (ip_version == 4 ? 4 : 16); i++) value = value << 8 | address.bytes[i];
  return value;
}

// The last address of the prefix.
[[nodiscard]] inline AddressValue last_value(const Prefix& prefix) {
  const int bits = Prefix::longest(prefix.ip_version) - prefix.length;
  const AddressValue behind = bits == 128 ? AddressValue{} : AddressValue{1} << bits;
  return address_value(prefix.address, prefix.ip_version) + behind - 1;
}

}  // namespace vedette
