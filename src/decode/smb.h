// Decoder of SMB 1, 2 and 3 over TCP, directly or over the NetBIOS session service: which dialects are
// offered and which is chosen ([MS-CIFS] §3.2.4.2.2, [MS-SMB2] §3.3.5.3 and §3.3.5.4).
//
// The version is "1.0" of whatever SMB 1 speaks, else the revision chosen. Facts: offered_dialects (of SMB 1
// as they are spelt, "NT LM 0.12", of SMB 2 as "3.1.1"), dialect, signing_required (1 or 0, the server's). Of
// a connection from its middle: that it is SMB, and of SMB 1 the version.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_smb(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
