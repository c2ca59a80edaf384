// Which addresses are this host's: a socket bound to every address receives what is sent to one of these, and
// nothing else.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <unordered_set>

#include "abi/flow_key.h"
#include "base/error.h"

namespace vedette {

// Those of one moment, in the calling thread's network namespace. Any thread may read.
class LocalAddresses {
 public:
  [[nodiscard]] static Result<LocalAddresses> now();
  // Loopback, multicast and broadcast destinations count as this host's too.
  [[nodiscard]] bool holds(const vdt_address& address, std::uint8_t ip_version) const;
  // Calls `take(address, ip_version)` for each of the interfaces' own.
  template <typename Take>
  void for_each(Take&& take) const {
    for (const std::string& entry : known_) {
      vdt_address address{};
      std::memcpy(address.bytes, entry.data() + 1, sizeof address.bytes);
      take(address, static_cast<std::uint8_t>(entry.front()));
    }
  }

 private:
  std::unordered_set<std::string> known_;  // the address' sixteen bytes behind its version
};

}  // namespace vedette
