// Networks by their prefix: "192.0.2.0/24", "2001:db8::/32"; an address is the longest prefix of all.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "abi/flow_key.h"
#include "base/error.h"

namespace vedette {

// Bits behind the prefix are 0. Ordered by IP version, address, length: what holds another comes before it.
struct Prefix {
  vdt_address address{};
  std::uint8_t ip_version = 4;  // 4 or 6
  std::uint8_t length = 32;     // bits; 0 … 32 or 128

  [[nodiscard]] static std::uint8_t longest(std::uint8_t ip_version) { return ip_version == 4 ? 32 : 128; }
  // Whether all of `other` lies in this.
  [[nodiscard]] bool holds(const Prefix& other) const;

  friend std::strong_ordering operator<=>(const Prefix& left, const Prefix& right);
  friend bool operator==(const Prefix& left, const Prefix& right) { return std::is_eq(left <=> right); }
};

// The network of so many bits that the address lies in.
[[nodiscard]] Prefix prefix_of(const vdt_address& address, std::uint8_t ip_version, std::uint8_t length);

// Of an address, or an address, "/" and a length. Unusable where it is neither, or bits are set behind the
// prefix: the hint then says the network that may have been meant.
[[nodiscard]] Result<Prefix> parse_prefix(std::string_view text);

// The canonical form; without a length where it is an address.
[[nodiscard]] std::string prefix_text(const Prefix& prefix);

}  // namespace vedette
