// What BitTorrent peers say of their software.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace vedette {

// Of a 20-byte peer id in the form of Azureus (BEP 20), "-qB4520-…": "qBittorrent 4.5.2.0"; of an unknown
// client its two letters stand for its name. Empty where the id has another form.
[[nodiscard]] std::string peer_id_software(std::span<const std::uint8_t> peer_id);

// Of a DHT node's "v" (BEP 5): two letters and a number: "LT 1.2". Empty where it isn't so.
[[nodiscard]] std::string dht_software(std::span<const std::uint8_t> version);

}  // namespace vedette
