#include "decode/l2tp.h"

#include <gtest/gtest.h>

#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

Bytes avp(std::uint16_t attribute, const Bytes& value) {
  return be16(0x8000 | (value.size() + 6)) + be16(0) + be16(attribute) + value;
}

Bytes control(std::uint8_t version, const Bytes& avps) {
  return Bytes{0xc8, version} + be16(12 + avps.size()) + zeros(8) + avps;
}

TEST(L2tp, TellsVersionAndWhoBegins) {
  const Decoded outcome = decode_datagrams(
      decode_l2tp, {{0, control(2, avp(0, be16(1)) + avp(7, text("lac")) + avp(8, text("xelerance.com")))}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "l2tp");
  EXPECT_EQ(outcome.handshake().app_version, "2");
  const std::map<std::string_view, std::string> expected = {{"host_name", "lac"},
                                                            {"vendor", "xelerance.com"}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(L2tp, LetsGoOfWhatDoesNotFit) {
  for (const Bytes& other :
       {control(2, avp(7, text("lac"))), control(4, avp(0, be16(1))), control(2, avp(0, be16(1))) + zeros(1),
        control(2, {}), Bytes{0xc8}, control(2, be16(0xffff) + zeros(4))})
    EXPECT_EQ(decode_datagrams(decode_l2tp, {{0, other}}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
