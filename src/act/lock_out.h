// Whom a block must not cut off unawares: the host itself, its gateways and resolvers, and whoever works on
// it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/prefix.h"
#include "policy/policy_explain.h"

namespace vedette {

struct Untouchable {
  Prefix address;
  std::string what;  // "this host's own address", "an SSH session is open from there"

  // Which of its packets must come in, where that is known.
  std::uint8_t protocol = 0;  // IANA's number; 0: unknown
  std::uint16_t remote_port = 0;
  std::uint16_t local_port = 0;
  std::optional<Prefix> local;
};

// Those of this moment, in the calling thread's network namespace: own addresses, default gateways (of the
// main routing table), name servers (resolv.conf), the far ends of established TCP connections to port 22.
// What can't be read is left out.
[[nodiscard]] std::vector<Untouchable> untouchables();

// The same as whom a policy must let in.
[[nodiscard]] std::vector<KeptPeer> kept_peers();

// What SSH_CONNECTION says ("192.0.2.7 50000 198.51.100.1 22"), or an address alone.
[[nodiscard]] Result<KeptPeer> operator_session(const std::string& text);

}  // namespace vedette
