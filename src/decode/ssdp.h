// SSDP over UDP (UPnP Device Architecture 2.0 §1): searches, announcements and answers to searches. A flow's
// first of each direction is told.
//
// Facts: method, host, search_target (ST, or an announcement's NT), location, user_agent, status, server.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_ssdp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
