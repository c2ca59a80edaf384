#include "decode/dcerpc.h"

#include <gtest/gtest.h>

#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

// C706 §12.6.3.1, little-endian.
Bytes pdu(std::uint8_t type, const Bytes& body) {
  return Bytes{5, 0, type, 3, 0x10, 0, 0, 0, static_cast<std::uint8_t>(body.size() + 16),
               0, 0, 0,    1, 0,    0, 0} +
         body;
}
// The endpoint mapper's, e1af8308-5d1f-11c9-91a4-08002b14a0fa, version 3.0.
const Bytes kMapper = {0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4,
                       0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa, 3,    0,    0,    0};
const Bytes kContext = Bytes{0, 0, 1, 0} + kMapper + Bytes(20, 4);
const Bytes kBind = pdu(11, Bytes(8, 0) + Bytes{2, 0, 0, 0} + kContext + kContext);
const Bytes kBindAck = pdu(12, Bytes(40, 0));

TEST(Dcerpc, TellsTheInterfacesThatAreBoundTo) {
  const Decoded outcome = decode_stream(decode_dcerpc, kBind, kBindAck);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "dcerpc");
  EXPECT_EQ(outcome.handshake().app_version, "5.0");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"interfaces", "e1af8308-5d1f-11c9-91a4-08002b14a0fa v3.0"},
                                               {"bind_result", "accepted"}}));
  EXPECT_EQ(facts(decode_stream(decode_dcerpc, kBind, pdu(13, Bytes(4, 0))).handshake()).at("bind_result"),
            "rejected");
  cut_everywhere(decode_dcerpc, kBind, kBindAck);
}

TEST(Dcerpc, TellsAConnectionFromItsMiddle) {
  const Decoded outcome = decode_stream(decode_dcerpc, pdu(0, Bytes(30, 1)), pdu(2, Bytes(30, 1)));
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_TRUE(facts(outcome.handshake()).empty());
}

TEST(Dcerpc, IsNotWhatOthersSpeak) {
  is_not(decode_dcerpc, {text("GET / HTTP/1.1\r\n"), Bytes{5, 1, 0, 5, 0x22}, Bytes{5, 0, 99},
                         Bytes{5, 0, 0, 3, 0x10, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0}});
}

}  // namespace
}  // namespace vedette
