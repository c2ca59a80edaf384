// DNS messages for tests of detectors.
#pragma once

#include "tests/packet_builder.h"

namespace vedette::tests {

inline Bytes dns_name_bytes(std::string_view name) {
  Bytes bytes;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    bytes = bytes + Bytes{static_cast<std::uint8_t>(label.size())} + text(label);
    name.remove_prefix(label.size() == name.size() ? label.size() : label.size() + 1);
  }
  return bytes + Bytes{0};
}

inline Bytes dns_question(std::uint16_t id, std::string_view name, std::uint16_t type) {
  return be16(id) + be16(0x0100) + be16(1) + zeros(6) + dns_name_bytes(name) + be16(type) + be16(1);
}

// Without records; `rcode` 3 is NXDOMAIN.
inline Bytes dns_reply(std::uint16_t id, std::string_view name, std::uint16_t type, std::uint16_t rcode) {
  return be16(id) + be16(0x8180U | rcode) + be16(1) + zeros(6) + dns_name_bytes(name) + be16(type) + be16(1);
}

}  // namespace vedette::tests
