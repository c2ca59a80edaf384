// Fingerprints by number: what is asked for stays, whoever says hello with thousands of others.
#include "packet/client_fingerprint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vedette {

TEST(ClientFingerprint, HasOneNumberAsLongAsItIsAskedFor) {
  EXPECT_EQ(client_fingerprint_number(""), kNoFingerprint);
  EXPECT_EQ(client_fingerprint(kNoFingerprint), "");
  const std::uint32_t usual = client_fingerprint_number("usual");
  EXPECT_NE(usual, kNoFingerprint);
  EXPECT_EQ(client_fingerprint(usual), "usual");
  for (std::size_t i = 0; i < kMostFingerprints * 3; i++) {
    const std::string text = fmt::format("chosen {}", i);
    const std::uint32_t other = client_fingerprint_number(text);
    ASSERT_NE(other, usual);
    ASSERT_EQ(client_fingerprint(other), text);
    if (i % (kMostFingerprints / 4) == 0) {
      ASSERT_EQ(client_fingerprint_number("usual"), usual) << i;
    }
  }
  EXPECT_EQ(client_fingerprint(usual), "usual");
}

TEST(ClientFingerprint, IsNeverTakenForTheOneThatHasItsPlace) {
  const std::uint32_t once = client_fingerprint_number("once");
  for (std::size_t i = 0; i < kMostFingerprints * 2; i++)
    (void)client_fingerprint_number(fmt::format("then {}", i));
  EXPECT_EQ(client_fingerprint(once), "");
  const std::uint32_t again = client_fingerprint_number("once");
  EXPECT_NE(again, once);
  EXPECT_EQ(client_fingerprint(again), "once");
}

TEST(ClientFingerprint, OfANumberThatNeverWasIsEmpty) {
  EXPECT_EQ(client_fingerprint(kMostFingerprints + 1), "");
  EXPECT_EQ(client_fingerprint(0xffff'0000), "");
  EXPECT_EQ(client_fingerprint(0xffff'ffff), "");
}

}  // namespace vedette
