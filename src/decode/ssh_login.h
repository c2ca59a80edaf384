// How log-ins to SSH 2 end, told by the sizes of packets that nobody can read. Keys in use hide what a packet
// says but not how long it is, and what a server answers to a log-in is one packet each time: SERVICE_ACCEPT,
// once; then USERAUTH_SUCCESS, the shortest packet there is, or USERAUTH_FAILURE, which names the same
// methods each time (RFC 4252 §5.1; RFC 4253 §6 for the sizes). Zeek's SSH analyser goes by the same two.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "decode/decoder.h"
#include "decode/logins.h"
#include "decode/ssh_kexinit.h"

namespace vedette {

struct SshSide {
  std::span<const std::uint8_t> bytes;
  std::span<const Arrival> arrivals;
  bool ended = false;
  SshKexinit kexinit;
  std::size_t behind = 0;  // of bytes: where the KEXINIT ends
};

struct SshLogins {
  // What was read. A refusal is counted where the request may have held a password: a key that isn't accepted
  // is no guess, nor is a first request that only asks for the methods.
  Logins logins;
  Nanoseconds time{};  // of the first request; 0 where there is none
  // As Answer's, of the client's side first; 0 and 0: no more will be told.
  std::array<std::size_t, 2> need{};
};

[[nodiscard]] SshLogins read_ssh_logins(const SshSide& client, const SshSide& server);

}  // namespace vedette
