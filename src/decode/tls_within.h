// TLS and DTLS that another protocol carries in messages of its own, which that protocol's decoder has put in
// order: what their decoders tell of them.
#pragma once

#include <cstdint>

#include "decode/derived.h"

namespace vedette {

enum class CarriedBy : std::uint8_t { kStream, kDatagrams };

// Adds what the carrier's flow `heads` holds of TLS (kStream) or DTLS (kDatagrams), of both directions; false
// where more of the flow may say more of it.
[[nodiscard]] bool tell_tls_within(const Heads& heads, const DerivedBytes& carried, CarriedBy by,
                                   Handshakes& handshakes);

}  // namespace vedette
