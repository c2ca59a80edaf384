// Decoders under test: what they say of given bytes, as a test compares it.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decoder.h"
#include "tests/packet_builder.h"

namespace vedette::tests {

struct Decoded {
  Answer answer;
  Handshakes handshakes;

  [[nodiscard]] Verdict verdict() const { return answer.verdict; }
  // The first one; an empty one where there is none.
  [[nodiscard]] Handshake handshake() const { return handshakes.empty() ? Handshake{} : handshakes.front(); }
};

// Of a stream: 0 is the initiator's side.
inline Decoded decode_stream(Decode decode, const Bytes& first, const Bytes& second, bool ended = false,
                             std::array<std::uint16_t, 2> ports = {}) {
  const std::array arrivals{
      Arrival{.end = static_cast<std::uint32_t>(first.size()), .time = Nanoseconds(1'000'000)},
      Arrival{.end = static_cast<std::uint32_t>(second.size()), .time = Nanoseconds(2'000'000)}};
  Decoded decoded;
  decoded.answer = decode({.bytes = {std::span(first), std::span(second)},
                           .arrivals = {std::span(arrivals).subspan(0, first.empty() ? 0 : 1),
                                        std::span(arrivals).subspan(1, second.empty() ? 0 : 1)},
                           .ended = {ended, ended},
                           .ports = ports,
                           .now = Nanoseconds(2'000'000)},
                          decoded.handshakes);
  return decoded;
}

struct Datagram {
  int side;  // 0 is the initiator's
  Bytes bytes;
};

// Of datagrams, a millisecond apart.
inline Decoded decode_datagrams(Decode decode, const std::vector<Datagram>& datagrams,
                                std::array<std::uint16_t, 2> ports = {}, bool ended = false) {
  std::array<Bytes, 2> bytes;
  std::array<std::vector<Arrival>, 2> arrivals;
  Nanoseconds now{};
  for (const auto& [side, datagram] : datagrams) {
    now += Nanoseconds(1'000'000);
    auto& sent = bytes.at(static_cast<std::size_t>(side));
    sent.insert(sent.end(), datagram.begin(), datagram.end());
    arrivals.at(static_cast<std::size_t>(side))
        .push_back({.end = static_cast<std::uint32_t>(sent.size()), .time = now});
  }
  Decoded decoded;
  decoded.answer = decode({.bytes = {std::span(bytes[0]), std::span(bytes[1])},
                           .arrivals = {std::span(arrivals[0]), std::span(arrivals[1])},
                           .ended = {ended, ended},
                           .ports = ports,
                           .now = now},
                          decoded.handshakes);
  return decoded;
}

// Name to value; lists joined by blanks.
inline std::map<std::string_view, std::string> facts(const Handshake& handshake) {
  std::map<std::string_view, std::string> all;
  for (const HandshakeFact& fact : handshake.facts) {
    std::string& shown = all[fact.name];
    shown = fact.kind == HandshakeFact::Kind::kNumber ? std::to_string(fact.number) : fact.text;
    for (const std::string& one : fact.list) shown += (shown.empty() ? "" : " ") + one;
  }
  return all;
}

}  // namespace vedette::tests
