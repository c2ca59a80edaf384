// A dialogue cut at every byte of either direction, as if the rest were still to come.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "decoding.h"

namespace vedette::tests {

// Where a part of a dialogue is known, a decoder may wait or tell what it will tell of the whole, but never
// lets go, and asks for bytes only that it hasn't got. With nothing more to come it ends.
inline void expect_sound_at_every_cut(Decode decode, const Bytes& first, const Bytes& second,
                                      std::array<std::uint16_t, 2> ports = {}) {
  const Handshakes whole = decode_stream(decode, first, second, true, ports).handshakes;
  ASSERT_FALSE(whole.empty());
  for (std::size_t side = 0; side < 2; side++) {
    const std::size_t size = side == 0 ? first.size() : second.size();
    for (std::size_t kept = 0; kept < size; kept++) {
      SCOPED_TRACE(testing::Message() << "side " << side << " cut at " << kept);
      std::array<Bytes, 2> bytes = {first, second};
      bytes[side].resize(kept);
      const Decoded known = decode_stream(decode, bytes[0], bytes[1], false, ports);
      EXPECT_NE(known.verdict(), Verdict::kNotMine);
      if (known.verdict() == Verdict::kDone) {
        ASSERT_LE(known.handshakes.size(), whole.size());
        EXPECT_TRUE(std::ranges::equal(known.handshakes, std::span(whole).first(known.handshakes.size())));
      } else {
        for (std::size_t i = 0; i < 2; i++)
          EXPECT_TRUE(known.answer.need[i] == 0 || known.answer.need[i] > bytes[i].size());
      }
      const Decoded ended = decode_stream(decode, bytes[0], bytes[1], true, ports);
      EXPECT_NE(ended.verdict(), Verdict::kUndecided);
      EXPECT_EQ(ended.verdict() == Verdict::kNotMine, ended.handshakes.empty());
    }
  }
}

// What no decoder of a protocol of text or of binary messages may claim, whichever side says it.
inline void expect_no_claim_of_others(Decode decode) {
  const Bytes http = text("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
  const Bytes http_reply = text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const Bytes tls = {0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3};
  for (const auto& [ours, theirs] : {std::pair(http, http_reply),
                                     {tls, tls},
                                     {zeros(200), zeros(300)},
                                     {Bytes(64, 0xff), Bytes(64, 0xff)},
                                     {http, Bytes{}},
                                     {Bytes{}, tls}}) {
    EXPECT_EQ(decode_stream(decode, ours, theirs, true).verdict(), Verdict::kNotMine);
    EXPECT_EQ(decode_stream(decode, theirs, ours, true).verdict(), Verdict::kNotMine);
  }
}

}  // namespace vedette::tests
