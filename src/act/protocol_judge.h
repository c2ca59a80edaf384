// What decoders tell of a connection against the protocol policy's entries: all that an entry can name, what
// the kernel knows by itself among it (a hello in several segments, behind STARTTLS, or in a tunnel of its
// own).
#pragma once

#include "decode/handshake.h"
#include "policy/protocol_entry.h"

namespace vedette {

// Whether the handshake shows what the entry names, wherever it takes place. A version that isn't told
// isn't refused.
[[nodiscard]] bool shows(const Handshake& handshake, const ProtocolEntry& entry);

// Whether it may once the server has chosen a version.
[[nodiscard]] bool may_show_yet(const Handshake& handshake, const ProtocolEntry& entry);

// Whether the client's part of it is whole, so that a server's answer can only add to it.
[[nodiscard]] bool client_is_whole(const Handshake& handshake);

}  // namespace vedette
