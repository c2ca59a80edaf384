// The two columns of 64 bits in which an address is kept: they are unpacked ten times as fast as one of 128.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

// "src_hi" and "src_lo" of "src_ip".
[[nodiscard]] inline std::string upper_column(std::string_view address) {
  return std::string(address.substr(0, address.find('_'))) + "_hi";
}
[[nodiscard]] inline std::string lower_column(std::string_view address) {
  return std::string(address.substr(0, address.find('_'))) + "_lo";
}

}  // namespace vedette
