// BitTorrent: the peers' handshake over TCP (BEP 3) and, over UDP, within uTP (BEP 29;
// from its middle by the clock that its datagrams tell); DHT queries and
// responses (BEP 5); UDP trackers (BEP 15); local discovery (BEP 14). Encrypted peers (MSE) can't be told
// from random bytes and are not.
//
// Facts: info_hash (hex), client_software, server_software (by a peer id of BEP 20's form, "qBittorrent
// 4.5.2.0", or by a DHT node's "v", "LT 1.2"), method (of a DHT query, "find_node"; "connect" of a tracker;
// "bt-search").
#pragma once

#include "decode/decoder.h"

namespace vedette {

[[nodiscard]] Answer decode_bittorrent_tcp(const Heads& heads, Handshakes& handshakes);
[[nodiscard]] Answer decode_bittorrent_udp(const Heads& heads, Handshakes& handshakes);

}  // namespace vedette
