// Addresses under test, as text.
#pragma once

#include <string>

#include "base/address.h"
#include "decode/named_address.h"

namespace vedette::tests {

inline std::string shown(const NamedAddress& named) {
  return address_text(named.address, named.ip_version);
}

}  // namespace vedette::tests
