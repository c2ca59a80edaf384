// The examples of github.com/salesforce/ja3's README. Its digest of the JA3S example is that of the text and
// a line end (4835b19f…); md5sum gives the text's own.
#include "decode/ja3.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Ja3, IsTheMd5OfFiveListsInDecimal) {
  ClientHello hello;
  hello.legacy_version = 769;
  hello.cipher_suites = {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4};
  hello.extensions = {0, 10, 11};
  hello.groups = {23, 24, 25};
  hello.point_formats = {0};
  EXPECT_EQ(ja3_text(hello), "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
  EXPECT_EQ(ja3(hello), "ada70206e40642a3e4461f35503241d5");
}

TEST(Ja3, LeavesListsEmptyWithoutExtensions) {
  ClientHello hello;
  hello.legacy_version = 769;
  hello.cipher_suites = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99};
  EXPECT_EQ(ja3_text(hello), "769,4-5-10-9-100-98-3-6-19-18-99,,,");
  EXPECT_EQ(ja3(hello), "de350869b8c85de67a350c8d186f11e6");
}

TEST(Ja3, LeavesGreaseOut) {
  ClientHello hello;
  hello.legacy_version = 771;
  hello.cipher_suites = {0x0a0a, 4865, 0xfafa};
  hello.extensions = {0x1a1a, 0, 0x2a2a};
  hello.groups = {0x3a3a, 29};
  hello.point_formats = {0};
  EXPECT_EQ(ja3_text(hello), "771,4865,0,29,0");
}

TEST(Ja3, TakesOnlyThePatternOfRfc8701ForGrease) {
  for (const auto value : std::vector<std::uint16_t>{0x0a0a, 0x7a7a, 0xfafa})
    EXPECT_TRUE(is_grease(value)) << value;
  for (const auto value : std::vector<std::uint16_t>{0x0a1a, 0x1a0a, 0x0b0b, 0x1301, 0x000a})
    EXPECT_FALSE(is_grease(value)) << value;
}

TEST(Ja3s, IsTheMd5OfVersionCipherAndExtensions) {
  ServerHello hello;
  hello.legacy_version = 769;
  hello.cipher_suite = 47;
  hello.extensions = {65281, 0, 11, 35, 5, 16};
  EXPECT_EQ(ja3s_text(hello), "769,47,65281-0-11-35-5-16");
  EXPECT_EQ(ja3s(hello), "836ce314215654b5b1f85f97c73e506f");
}

}  // namespace
}  // namespace vedette
