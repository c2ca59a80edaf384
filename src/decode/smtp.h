// Decoder of SMTP (RFC 5321) and LMTP (RFC 2033): who greets and who is greeted, and which domains the first
// letter is of and for. A STARTTLS (RFC 3207) that the server accepts hands the flow on.
//
// app_version is ESMTP where the server took EHLO, SMTP where it took HELO. Facts: server_name,
// server_software (the greeting's words), helo, auth_mechanism, mail_from_domain, rcpt_to_domains, starttls
// (offered, accepted or refused).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_smtp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
