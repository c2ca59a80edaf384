#include "decode/stream_head.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace vedette {
namespace {

constexpr std::size_t kLimit = 64;

std::span<const std::uint8_t> bytes_of(std::string_view letters) {
  return {reinterpret_cast<const std::uint8_t*>(letters.data()), letters.size()};
}
std::string said(const StreamHead& head) {
  return {head.bytes().begin(), head.bytes().end()};
}

class Stream {
 public:
  Stream& syn(std::uint32_t sequence) {
    head_.add_segment(sequence, true, {}, ++now_, kLimit);
    return *this;
  }
  Stream& segment(std::uint32_t sequence, std::string_view letters) {
    head_.add_segment(sequence, false, bytes_of(letters), ++now_, kLimit);
    return *this;
  }
  Stream& datagram(std::string_view letters, bool cut = false) {
    head_.add_datagram(bytes_of(letters), cut, ++now_, kLimit);
    return *this;
  }
  Stream& drop(std::size_t count) {
    head_.drop(count, now_);
    return *this;
  }
  // "end@time" of each, in nanoseconds since the test's start, with a bar behind one that was cut.
  [[nodiscard]] std::string arrivals() const {
    std::string text;
    for (const Arrival& arrival : head_.arrivals())
      text += fmt::format("{}{}@{}{}", text.empty() ? "" : " ", arrival.end, arrival.time.count(),
                          arrival.cut ? "|" : "");
    return text;
  }
  [[nodiscard]] bool full() const { return head_.full(); }
  [[nodiscard]] std::string said() const { return vedette::said(head_); }
  [[nodiscard]] std::size_t memory() const { return head_.memory(); }

 private:
  StreamHead head_;
  Nanoseconds now_{};
};

TEST(StreamHead, JoinsSegmentsInOrder) {
  EXPECT_EQ(Stream().syn(99).segment(100, "abc").segment(103, "def").said(), "abcdef");
}

TEST(StreamHead, WaitsForTheGapToFill) {
  Stream stream;
  stream.syn(99).segment(106, "ghi").segment(103, "def");
  EXPECT_EQ(stream.said(), "");
  EXPECT_EQ(stream.segment(100, "abc").said(), "abcdefghi");
}

TEST(StreamHead, KeepsTheFirstOfTwoThatDisagree) {
  EXPECT_EQ(Stream().syn(99).segment(100, "abcd").segment(102, "XYZ").said(), "abcdZ");
  EXPECT_EQ(Stream().syn(99).segment(104, "ef").segment(102, "cd").segment(100, "abXXXXgh").said(),
            "abcdefgh");
  EXPECT_EQ(
      Stream().syn(99).segment(101, "b").segment(103, "d").segment(105, "f").segment(100, "aXcXeXg").said(),
      "abcdefg");
}

TEST(StreamHead, PassesOverWhatWasSentAgain) {
  EXPECT_EQ(Stream().syn(99).segment(100, "abc").segment(100, "abc").segment(101, "bcd").said(), "abcd");
}

TEST(StreamHead, GoesOnPastTheHighestSequenceNumber) {
  EXPECT_EQ(Stream().syn(0xfffffffd).segment(0xfffffffe, "ab").segment(0, "cd").said(), "abcd");
}

TEST(StreamHead, BeginsAtTheFirstPacketWithoutASyn) {
  EXPECT_EQ(Stream().segment(500, "abc").segment(503, "d").segment(498, "XXaY").said(), "abcd");
}

TEST(StreamHead, BeginsAnewAtASynBehindOlderBytes) {
  EXPECT_EQ(Stream().segment(500, "old").syn(99).segment(100, "abc").said(), "abc");
}

TEST(StreamHead, TakesTheOneOfTwoSynsThatTheBytesFollow) {
  EXPECT_EQ(Stream().syn(99).syn(700).segment(100, "abc").said(), "abc");
  EXPECT_EQ(Stream().syn(99).syn(700).segment(701, "abc").said(), "abc");
}

TEST(StreamHead, KeepsNoMoreThanItsLimit) {
  Stream stream;
  stream.syn(99).segment(100, std::string(60, 'a')).segment(160, std::string(60, 'b')).segment(5000, "far");
  EXPECT_EQ(stream.said(), std::string(60, 'a') + std::string(4, 'b'));
}

TEST(StreamHead, GivesUpIslandsBeyondItsNumber) {
  Stream stream;
  stream.syn(99);
  for (std::uint32_t i = 0; i < 30; i++) stream.segment(101 + 2 * i, "x");
  EXPECT_LT(stream.memory(), 1000U);
  for (std::uint32_t i = 0; i < 30; i++) stream.segment(100 + 2 * i, "y");
  EXPECT_EQ(stream.said(), "yxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy");  // 16 islands, and what joins them
}

// Every order of pieces of one, two and three bytes comes to the same.
TEST(StreamHead, ComesToTheSameInAnyOrder) {
  std::vector<std::pair<std::uint32_t, std::string_view>> pieces = {
      {100, "ab"}, {101, "bcd"}, {104, "e"}, {103, "def"}};
  std::ranges::sort(pieces);
  do {
    Stream stream;
    stream.syn(99);
    for (const auto& [sequence, letters] : pieces) stream.segment(sequence, letters);
    EXPECT_EQ(stream.said(), "abcdef");
  } while (std::ranges::next_permutation(pieces).found);
}

TEST(StreamHead, TakesTheSynThatTheBytesFollow) {
  EXPECT_EQ(Stream().syn(99).syn(499).segment(500, "abc").said(), "abc");
  EXPECT_EQ(Stream().syn(99).syn(499).segment(100, "abc").said(), "abc");
  EXPECT_EQ(Stream().syn(99).syn(499).syn(99).segment(500, "abc").said(), "abc");
}

TEST(StreamHead, SaysWhenBytesBecameKnown) {
  EXPECT_EQ(Stream().syn(99).segment(100, "abc").segment(106, "ghi").segment(103, "def").arrivals(),
            "3@2 9@4");
  EXPECT_EQ(Stream().syn(99).segment(100, "abc").segment(100, "abc").arrivals(), "3@2");
}

TEST(StreamHead, BoundsItsArrivals) {
  Stream stream;
  stream.syn(99);
  for (std::uint32_t i = 0; i < kLimit; i++) stream.segment(100 + i, "x");
  EXPECT_EQ(stream.said().size(), kLimit);
  EXPECT_EQ(stream.arrivals().substr(stream.arrivals().rfind(' ')), " 64@65");
}

TEST(StreamHead, GoesOnBehindWhatWasUsed) {
  Stream stream;
  stream.syn(99).segment(100, "abc").segment(103, "def").segment(108, "ij").drop(4);
  EXPECT_EQ(stream.said(), "ef");
  EXPECT_EQ(stream.arrivals(), "2@3");
  EXPECT_EQ(stream.segment(106, "gh").said(), "efghij");
  EXPECT_EQ(stream.drop(6).said(), "");
  EXPECT_EQ(stream.syn(99).segment(100, "abcdef").segment(110, "kl").said(), "kl");
}

TEST(StreamHead, PassesOverWhatIsUsedBeforeItCame) {
  Stream stream;
  stream.syn(0xfffffff0).segment(0xfffffff1, "abc").drop(1003);
  EXPECT_EQ(stream.said(), "");
  EXPECT_EQ(stream.memory(), Stream().syn(0).memory() + sizeof(Arrival) + 2 * sizeof(std::uint32_t));
  EXPECT_EQ(stream.segment(0xfffffff4, "def").segment(981, "skipped").said(), "");
  EXPECT_EQ(stream.segment(986, "nokept").said(), "kept");  // the first byte kept is number 988
  EXPECT_EQ(stream.arrivals(), "4@5");
}

TEST(StreamHead, KnowsWhatStoodBehindAGapThatIsPassedOver) {
  Stream stream;
  stream.syn(99).segment(100, "ab").segment(105, "fgh").segment(110, "kl").drop(6);
  EXPECT_EQ(stream.said(), "gh");
  EXPECT_EQ(stream.arrivals(), "2@4");
  EXPECT_EQ(stream.segment(108, "ij").said(), "ghijkl");
}

TEST(StreamHead, KeepsDatagramsApart) {
  Stream head;
  head.datagram("abc").datagram("abc").datagram("de", true);
  EXPECT_EQ(head.said(), "abcabcde");
  EXPECT_EQ(head.arrivals(), "3@1 6@2 8@3|");
  EXPECT_EQ(head.drop(3).arrivals(), "3@2 5@3|");
}

TEST(StreamHead, KeepsNoDatagramBehindOneThatFoundNoRoom) {
  Stream head;
  head.datagram(std::string(kLimit - 2, 'x')).datagram("abc");
  EXPECT_TRUE(head.full());
  EXPECT_EQ(head.datagram("a").said().size(), kLimit - 2);
}

TEST(StreamHead, BeginsAtTheFirstPayloadWhereEmptySegmentsMislead) {
  // A keep-alive's number is one before that of the next byte.
  EXPECT_EQ(Stream().segment(99, "").segment(100, "abc").said(), "abc");
  EXPECT_EQ(Stream().segment(99, "").segment(100, "abc").segment(103, "d").said(), "abcd");
  // Sent again, behind an acknowledgement that came after the first sending.
  EXPECT_EQ(Stream().segment(104, "").segment(100, "abcd").segment(104, "e").said(), "abcde");
  // What is further on came before what lies between.
  EXPECT_EQ(Stream().segment(100, "").segment(103, "def").said(), "");
  EXPECT_EQ(Stream().segment(100, "").segment(103, "def").segment(100, "abc").said(), "abcdef");
  // A keep-alive with a byte, which the other side has.
  EXPECT_EQ(Stream().segment(100, "").segment(99, "x").segment(100, "abc").said(), "abc");
  // A SYN is no guess.
  EXPECT_EQ(Stream().syn(99).segment(101, "bcd").segment(100, "a").said(), "abcd");
}

}  // namespace
}  // namespace vedette
