#include "decode/utf16.h"

#include <gtest/gtest.h>

#include "tests/packet_builder.h"

namespace vedette {
namespace {

using tests::Bytes;

// RFC 3629 §3, RFC 2781 §2.1: one to four bytes of UTF-8 each.
TEST(Utf16, WritesEachLengthOfUtf8) {
  EXPECT_EQ(utf8_of_utf16le(Bytes{0x41, 0, 0xe9, 0, 0xac, 0x20, 0x3d, 0xd8, 0x00, 0xde}), "Aé€😀");
}

TEST(Utf16, EndsAtAZeroOrTheLastWholeUnit) {
  EXPECT_EQ(utf8_of_utf16le(Bytes{0x41, 0, 0, 0, 0x42, 0}), "A");
  EXPECT_EQ(utf8_of_utf16le(Bytes{0x41, 0, 0x42}), "A");
  EXPECT_EQ(utf8_of_utf16le({}), "");
}

TEST(Utf16, ReplacesALoneSurrogate) {
  EXPECT_EQ(utf8_of_utf16le(Bytes{0x3d, 0xd8, 0x41, 0}),
            "\xef\xbf\xbd"
            "A");
  EXPECT_EQ(utf8_of_utf16le(Bytes{0x00, 0xde}), "\xef\xbf\xbd");
  EXPECT_EQ(utf8_of_utf16le(Bytes{0x3d, 0xd8}), "\xef\xbf\xbd");
}

}  // namespace
}  // namespace vedette
