// Decoder of IRC between client and server (RFC 2812 §3.1 and §5.1; IRCv3 CAP and STARTTLS): who comes, by
// which name, into which channels. A STARTTLS that the server accepts hands the flow on. Passwords are never
// told.
//
// Facts: nick, user, real_name, channels (first JOIN), server_name, server_software (004), starttls.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_irc(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
