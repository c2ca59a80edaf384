// Decoder of the Android Debug Bridge between a host and a device over TCP (AOSP, packages/modules/adb:
// protocol.txt, adb.h): messages of a header of 24 bytes whose command is repeated with all bits turned.
// Where both sides say STLS, what follows is TLS, and is handed on.
//
// The version is the protocol's, the lower of both sides'. Facts: device_type (device, recovery, sideload,
// bootloader …), serial, product, model, features of the device, host_features, authentication (rsa, tls).
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_adb(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
