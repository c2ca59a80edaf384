// Whom a block must not cut off unawares: the host itself, its gateways and resolvers, and whoever works on
// it.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "act/logins.h"
#include "base/error.h"
#include "base/prefix.h"
#include "policy/policy_explain.h"

namespace vedette {

struct Untouchable {
  Prefix address;
  std::string what;  // "it is this host's own address", "an SSH session is open from there"

  // Which of its packets must come in, where that is known.
  std::uint8_t protocol = 0;  // IANA's number; 0: unknown
  std::uint16_t remote_port = 0;
  std::uint16_t local_port = 0;
  std::optional<Prefix> local;
};

// Who has a session by SSH's port. What comes of itself must not be held off by a connection, which whoever
// guesses passwords has open too: where the host records log-ins, these tell.
enum class SshSessions { kConnected, kLoggedIn };

// Those of this moment, in the calling thread's network namespace: own addresses, default gateways (of the
// main routing table), name servers (resolv.conf), the far ends of established TCP connections to port 22,
// and where people are logged in from, whatever port they use. What can't be read is left out. Any thread.
[[nodiscard]] std::vector<Untouchable> untouchables(SshSessions by_ssh = SshSessions::kConnected,
                                                    const LoginRecords& records = {});

// The first that the network holds; null where it holds none.
[[nodiscard]] const Untouchable* held_by(const Prefix& prefix, const std::vector<Untouchable>& all);

// What untouchables() told within the last second of whoever is logged in, for blocks that come of
// themselves: under an attack they ask many times a second, and a host may have many sockets to look through.
// Any thread.
class RecentUntouchables {
 public:
  [[nodiscard]] std::shared_ptr<const std::vector<Untouchable>> get();

 private:
  std::mutex mutex_;
  std::chrono::steady_clock::time_point asked_;
  std::shared_ptr<const std::vector<Untouchable>> all_;
};

// The same as whom a policy must let in.
[[nodiscard]] std::vector<KeptPeer> kept_peers(SshSessions by_ssh = SshSessions::kConnected);

// Who asks by the gateway, from that address: all that comes from there, and each connection to a port of
// this host that is open from there, of which the gateway's may be one.
[[nodiscard]] std::vector<KeptPeer> gateway_client(const Prefix& address);

// What SSH_CONNECTION says ("192.0.2.7 50000 198.51.100.1 22"), or an address alone.
[[nodiscard]] Result<KeptPeer> operator_session(const std::string& text);

}  // namespace vedette
