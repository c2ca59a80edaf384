// TLS and DTLS that another protocol carries in messages of its own, which that protocol's decoder has put in
// order: what their decoders tell of them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "decode/decoder.h"

namespace vedette {

// A direction's bytes, and where datagrams of DTLS end.
struct CarriedBytes {
  std::vector<std::uint8_t> bytes;
  std::vector<Arrival> arrivals;

  // A datagram more.
  void add(std::span<const std::uint8_t> datagram, Nanoseconds time, bool cut = false) {
    bytes.insert(bytes.end(), datagram.begin(), datagram.end());
    arrivals.push_back({.end = static_cast<std::uint32_t>(bytes.size()), .cut = cut, .time = time});
  }
};

enum class CarriedBy : std::uint8_t { kStream, kDatagrams };

// Adds what the carrier's flow `heads` holds of TLS (kStream) or DTLS (kDatagrams), of both directions; false
// where more of the flow may say more of it.
[[nodiscard]] bool tell_tls_within(const Heads& heads, const std::array<CarriedBytes, 2>& carried,
                                   CarriedBy by, Handshakes& handshakes);

}  // namespace vedette
