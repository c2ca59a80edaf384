#include "packet/names.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Names, TellTcpFlagsInTheOrderOfTheirBits) {
  EXPECT_EQ(tcp_flags_text(0x12), "SA");
  EXPECT_EQ(tcp_flags_text(0xff), "FSRPAUEC");
  EXPECT_EQ(tcp_flags_text(0), "");
}

TEST(Names, AnUnassignedProtocolIsItsNumber) {
  EXPECT_EQ(protocol_text(6), "tcp");
  EXPECT_EQ(protocol_text(253), "253");
}

TEST(Names, EveryReasonHasANameOfItsOwn) {
  for (std::uint8_t i = 0; i < VDT_MALFORMED_COUNT; i++) {
    EXPECT_FALSE(malformed_name(i).empty());
    for (std::uint8_t j = 0; j < i; j++) EXPECT_NE(malformed_name(i), malformed_name(j));
  }
  EXPECT_EQ(malformed_name(VDT_MALFORMED_COUNT), "");
}

}  // namespace
}  // namespace vedette
