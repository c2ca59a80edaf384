#include "store/wide_address.h"

#include <bit>

#include "base/address.h"

namespace vedette {

namespace {

std::uint64_t big_endian(std::uint64_t half) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(half) : half;
}

std::uint32_t big_endian(std::uint32_t word) {
  return std::endian::native == std::endian::little ? __builtin_bswap32(word) : word;
}

}  // namespace

unsigned __int128 wide_address(const vdt_address& address, std::uint8_t ip_version) {
  constexpr std::uint64_t kMapped = 0xffff00000000;
  if (ip_version == 4) return kMapped | big_endian(std::uint32_t{address.words[0]});
  return (static_cast<unsigned __int128>(big_endian(std::uint64_t{address.halves[0]})) << 64) |
         big_endian(std::uint64_t{address.halves[1]});
}

vdt_address narrow_address(unsigned __int128 wide, std::uint8_t ip_version) {
  vdt_address address{};
  if (ip_version == 4) {
    address.words[0] = big_endian(static_cast<std::uint32_t>(wide));
    return address;
  }
  address.halves[0] = big_endian(static_cast<std::uint64_t>(wide >> 64));
  address.halves[1] = big_endian(static_cast<std::uint64_t>(wide));
  return address;
}

std::string wide_address_text(unsigned __int128 wide) {
  const std::uint8_t ip_version =
      static_cast<std::uint64_t>(wide >> 32) == 0xffff && (wide >> 96) == 0 ? 4 : 6;
  return address_text(narrow_address(wide, ip_version), ip_version);
}

}  // namespace vedette
