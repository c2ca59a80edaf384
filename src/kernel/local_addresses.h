// Which addresses are this host's: a socket bound to every address receives what is sent to one of these, and
// nothing else.
#pragma once

#include <cstdint>
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

 private:
  std::unordered_set<std::string> known_;  // the address' sixteen bytes behind its version
};

}  // namespace vedette
