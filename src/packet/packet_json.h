// A packet as the API and `--format json` tell it: the contract's names and units, in the contract's order,
// absent facts absent. Here a packet leaves towards programs; people get table rows.
#pragma once

#include <fmt/format.h>

#include "base/json_writer.h"
#include "packet/packet.h"

namespace vedette {

// Appends one object to `json`. ARP is told as protocol "arp" with the sender's and target's addresses;
// other packets without an IP header by `ether_type`. Any thread.
void write_packet(JsonWriter& json, const Packet& packet);

// The object and a newline.
void append_packet_line(fmt::memory_buffer& out, const Packet& packet);

}  // namespace vedette
