#include "decode/rdp.h"

#include <gtest/gtest.h>

#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

// RFC 1006 §6.
Bytes tpkt(const Bytes& tpdu) {
  return Bytes{3, 0} + be16(tpdu.size() + 4) + tpdu;
}
// X.224 §13.3 and §13.4.
Bytes connect(std::uint8_t code, const Bytes& options) {
  return tpkt(Bytes{static_cast<std::uint8_t>(6 + options.size()), code, 0, 0, 0, 0, 0} + options);
}
// [MS-RDPBCGR] §2.2.1.1.1 and §2.2.1.2.1.
Bytes negotiation(std::uint8_t type, std::uint32_t value) {
  return Bytes{type, 0, 8, 0} + le32(value);
}
const Bytes kCookie = text("Cookie: mstshash=somebody\r\n");
const Bytes kTls = {22, 3, 1, 0, 5};

// [MS-RDPBCGR] §2.2.1.3, down to the core data: version 10.7, "HOST".
Bytes connect_initial() {
  const Bytes name = {'H', 0, 'O', 0, 'S', 0, 'T', 0};
  const Bytes core = le32(0x0008000c) + Bytes(12, 0) + le32(19041) + name + Bytes(24, 0);
  const Bytes block = Bytes{0x01, 0xc0, static_cast<std::uint8_t>(core.size() + 4), 0} + core;
  return tpkt(Bytes{2, 0xf0, 0x80, 0x7f, 0x65} + Bytes(20, 1) + text("Duca") +
              Bytes{0x80, static_cast<std::uint8_t>(block.size())} + block);
}
Bytes connect_response() {
  const Bytes block = Bytes{0x01, 0x0c, 12, 0} + le32(0x00080004) + le32(0);
  return tpkt(Bytes{2, 0xf0, 0x80, 0x7f, 0x66} + Bytes(20, 1) + text("McDn") +
              Bytes{static_cast<std::uint8_t>(block.size())} + block);
}

TEST(Rdp, HandsOnWhatStandsBehindTheConfirm) {
  const Bytes request = connect(0xe0, kCookie + negotiation(1, 3)),
              confirm = connect(0xd0, negotiation(2, 2));
  const Decoded outcome = decode_stream(decode_rdp, request + kTls, confirm);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{request.size(), confirm.size()}));
  EXPECT_EQ(outcome.handshake().app, "rdp");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"user", "somebody"},
                                               {"requested_protocols", "tls credssp"},
                                               {"selected_protocol", "credssp"}}));
  cut_everywhere(decode_rdp, request, confirm);
}

TEST(Rdp, TellsVersionsWhereNothingIsEncrypted) {
  const Bytes client = connect(0xe0, kCookie) + connect_initial(),
              server = connect(0xd0, {}) + connect_response();
  const Decoded outcome = decode_stream(decode_rdp, client, server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
  EXPECT_EQ(outcome.handshake().app_version, "5.0");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"user", "somebody"},
                                               {"selected_protocol", "rdp"},
                                               {"client_name", "HOST"},
                                               {"client_build", "19041"}}));
  EXPECT_EQ(decode_stream(decode_rdp, client, connect(0xd0, {}), true).handshake().app_version, "10.7");
  cut_everywhere(decode_rdp, client, server);
}

TEST(Rdp, TellsARefusal) {
  const Decoded outcome =
      decode_stream(decode_rdp, connect(0xe0, negotiation(1, 0)), connect(0xd0, negotiation(3, 5)));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
  EXPECT_EQ(facts(outcome.handshake()),
            (Facts{{"requested_protocols", "rdp"}, {"failure", "HYBRID_REQUIRED_BY_SERVER"}}));
}

TEST(Rdp, IsNotWhatOthersSpeak) {
  // S7comm connects by X.224 too, with the parameters of ISO 8073; H.225 has TPKT alone.
  const Bytes s7 = connect(0xe0, {0xc0, 1, 0x0a, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2});
  is_not(decode_rdp, {text("GET / HTTP/1.1"), tpkt(Bytes{8, 2} + Bytes(40, 1)),
                      s7 + tpkt({2, 0xf0, 0x80, 0x32}), Bytes{3, 0, 0, 4, 0, 0}});
  EXPECT_EQ(decode_stream(decode_rdp, s7, connect(0xd0, {0xc0, 1, 0x0a}), true).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
