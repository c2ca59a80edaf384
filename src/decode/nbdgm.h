// Decoder of the NetBIOS datagram service over UDP, port 138 (RFC 1002 §4.4), and of the SMB that it carries
// to mailslots ([MS-MAIL] §2.2.1), by which Windows' computer browser and logon announce and look for each
// other. SMB is told as a handshake of its own; one datagram of a flow tells.
//
// Facts: source_name and destination_name ("WORKGROUP<1d>"); of SMB mailslot.
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_nbdgm(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
