// An address that a name server has given to a name.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

#include "abi/flow_key.h"

namespace vedette {

struct NamedAddress {
  std::string name;  // that was asked for, without its last dot
  vdt_address address{};
  std::uint8_t ip_version = 4;
  std::chrono::seconds ttl{};

  bool operator==(const NamedAddress& other) const {
    return name == other.name && std::memcmp(&address, &other.address, sizeof(address)) == 0 &&
           ip_version == other.ip_version && ttl == other.ttl;
  }
};

}  // namespace vedette
