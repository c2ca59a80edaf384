// What every decoder of a stream must hold to however little of it is known.
#pragma once

#include <gtest/gtest.h>

#include "decoding.h"

namespace vedette::tests {

// The first side's bytes come one by one, then the second's: until all is said nothing else is said, and
// `need` asks for bytes that come. Where the bytes end early, nothing of another protocol is told.
inline void cut_everywhere(Decode decode, const Bytes& first, const Bytes& second,
                           std::array<std::uint16_t, 2> ports = {}) {
  const Decoded whole = decode_stream(decode, first, second, false, ports);
  ASSERT_EQ(whole.verdict(), Verdict::kDone);
  for (std::size_t known = 0; known < first.size() + second.size(); known++) {
    const std::array size = {std::min(known, first.size()), known - std::min(known, first.size())};
    const Bytes ours(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(size[0]));
    const Bytes theirs(second.begin(), second.begin() + static_cast<std::ptrdiff_t>(size[1]));
    const Decoded part = decode_stream(decode, ours, theirs, false, ports);
    ASSERT_NE(part.verdict(), Verdict::kNotMine) << known;
    if (part.verdict() == Verdict::kDone) {
      EXPECT_EQ(facts(part.handshake()), facts(whole.handshake())) << known;
      EXPECT_EQ(part.answer.used, whole.answer.used) << known;
    } else {
      const auto comes = [&](std::size_t side) {
        const std::size_t all = side == 0 ? first.size() : second.size();
        return part.answer.need[side] > size[side] && part.answer.need[side] <= all;
      };
      EXPECT_TRUE(comes(0) || comes(1)) << known;
    }
    const Decoded ended = decode_stream(decode, ours, theirs, true, ports);
    if (ended.verdict() != Verdict::kNotMine) {
      EXPECT_EQ(ended.handshake().app, whole.handshake().app) << known;
    }
  }
}

inline void is_not(Decode decode, const std::vector<Bytes>& others) {
  for (std::size_t i = 0; i < others.size(); i++) {
    EXPECT_EQ(decode_stream(decode, others[i], {}).verdict(), Verdict::kNotMine) << i;
    EXPECT_EQ(decode_stream(decode, others[i], others[i], true).verdict(), Verdict::kNotMine) << i;
  }
  EXPECT_EQ(decode_stream(decode, {}, {}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode_stream(decode, {}, {}, true).verdict(), Verdict::kNotMine);
}

}  // namespace vedette::tests
