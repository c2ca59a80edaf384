#include "decode/modbus.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;
using Ports = std::array<std::uint16_t, 2>;

Bytes adu(std::uint16_t transaction, std::uint8_t unit, const Bytes& pdu) {
  return be16(transaction) + be16(0) + be16(pdu.size() + 1) + Bytes{unit} + pdu;
}

// Application Protocol 1.1b3 §6.3's example: three registers from 108 on.
const Bytes kRead = adu(1, 17, {3, 0, 0x6b, 0, 3});
const Bytes kRegisters = adu(1, 17, {3, 6, 0x02, 0x2b, 0, 0, 0, 0x64});
const Facts kFacts = {{"function", "3"}, {"unit", "17"}};
constexpr Ports kElsewhere = {40000, 1502}, kOwn = {40000, 502};

TEST(Modbus, IsKnownByARequestAndItsAnswer) {
  const Decoded outcome = decode_stream(decode_modbus, kRead, kRegisters, false, kElsewhere);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "modbus");
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
  expect_the_same_cut_everywhere(decode_modbus, kRead, kRegisters, kElsewhere);
  expect_the_same_cut_everywhere(decode_modbus, kRead, kRegisters, kOwn);
}

TEST(Modbus, TellsAnException) {
  const Decoded outcome = decode_stream(decode_modbus, kRead, adu(1, 17, {0x83, 2}), false, kElsewhere);
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"function", "3"}, {"unit", "17"}, {"exception", "2"}}));
  EXPECT_EQ(facts(decode_stream(decode_modbus, adu(1, 17, {0x83, 2}), kRead, false, kElsewhere).handshake()),
            facts(outcome.handshake()));
}

TEST(Modbus, IsKnownByOneDirectionOnItsOwnPortAlone) {
  EXPECT_EQ(decode_stream(decode_modbus, kRead, {}, true, kElsewhere).verdict(), Verdict::kNotMine);
  EXPECT_EQ(facts(decode_stream(decode_modbus, kRead, {}, true, kOwn).handshake()), kFacts);
}

TEST(Modbus, LeavesWhatIsNot) {
  EXPECT_EQ(decode_stream(decode_modbus, kRead, adu(2, 17, {3, 2, 0, 0}), false, kElsewhere).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_modbus, adu(1, 17, {3}) + zeros(2), {}, true, kElsewhere).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_modbus, text("GET /"), {}, false, kOwn).verdict(), Verdict::kNotMine);
  // LDAP: a bind and its response whose lengths take four bytes each.
  const Bytes bind =
      Bytes{0x30, 0x84, 0, 0, 0, 16, 2, 1, 1, 0x60, 0x84} + be32(7) + Bytes{2, 1, 3, 4, 0, 0x80, 0};
  const Bytes response =
      Bytes{0x30, 0x84, 0, 0, 0, 16, 2, 1, 1, 0x61, 0x84} + be32(7) + Bytes{10, 1, 0, 4, 0, 4, 0};
  EXPECT_EQ(decode_stream(decode_modbus, bind, response, true, {40000, 389}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
