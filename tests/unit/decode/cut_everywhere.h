// A conversation cut at every byte: whatever is known of it, a decoder never takes it for another protocol,
// never tells what it would tell otherwise later, and with nothing more to come never waits.
#pragma once

#include <gtest/gtest.h>

#include "decoding.h"

namespace vedette::tests {

inline void expect_the_same_cut_everywhere(Decode decode, const Bytes& client, const Bytes& server,
                                           std::array<std::uint16_t, 2> ports = {}) {
  const Decoded whole = decode_stream(decode, client, server, true, ports);
  ASSERT_FALSE(whole.handshakes.empty());
  const auto check = [&](const Bytes& first, const Bytes& second) {
    SCOPED_TRACE(testing::Message() << first.size() << " and " << second.size() << " bytes");
    const Decoded open = decode_stream(decode, first, second, false, ports);
    EXPECT_NE(open.verdict(), Verdict::kNotMine);
    if (open.verdict() == Verdict::kDone) {
      ASSERT_FALSE(open.handshakes.empty());
      EXPECT_EQ(open.handshake(), whole.handshake());
    }
    for (std::size_t side = 0; side < 2; side++) {
      const std::size_t need = open.verdict() == Verdict::kDone ? 0 : open.answer.need.at(side);
      EXPECT_TRUE(need == 0 || need > (side == 0 ? first : second).size());
    }
    const Decoded ended = decode_stream(decode, first, second, true, ports);
    EXPECT_NE(ended.verdict(), Verdict::kUndecided);
    EXPECT_EQ(ended.handshakes.empty(), ended.verdict() == Verdict::kNotMine);
  };
  for (std::size_t size = 0; size <= client.size(); size++)
    check(Bytes(client.begin(), client.begin() + static_cast<std::ptrdiff_t>(size)), {});
  for (std::size_t size = 0; size <= server.size(); size++)
    check(client, Bytes(server.begin(), server.begin() + static_cast<std::ptrdiff_t>(size)));
}

}  // namespace vedette::tests
