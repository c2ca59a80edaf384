#include "decode/sip.h"

#include <gtest/gtest.h>

#include <map>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

// RFC 3261 §24.1, shortened.
const Bytes kRegister = text(
    "REGISTER sip:registrar.biloxi.com SIP/2.0\r\nVia: SIP/2.0/UDP bobspc.biloxi.com:5060\r\n"
    "To: Bob <sip:bob@biloxi.com>\r\nf: sip:bob@biloxi.com;tag=456248\r\nUser-Agent: Softphone/1\r\nl: "
    "4\r\n\r\nbody");
const Bytes kTrying = text("SIP/2.0 100 Trying\r\nServer: interim\r\nContent-Length: 0\r\n\r\n");
const Bytes kOk = text("SIP/2.0 200 OK\r\nServer: Registrar 2\r\nContent-Length: 0\r\n\r\n");
const Facts kFacts = {{"method", "REGISTER"},         {"uri", "sip:registrar.biloxi.com"},
                      {"from", "sip:bob@biloxi.com"}, {"to", "sip:bob@biloxi.com"},
                      {"user_agent", "Softphone/1"},  {"status", "200"},
                      {"server", "Registrar 2"}};

TEST(Sip, TellsTheRequestAndItsFinalResponse) {
  const Decoded datagrams = decode_datagrams(decode_sip_udp, {{0, kRegister}, {1, kTrying}, {1, kOk}});
  ASSERT_EQ(datagrams.verdict(), Verdict::kDone);
  EXPECT_EQ(datagrams.handshake().app, "sip");
  EXPECT_EQ(datagrams.handshake().app_version, "2.0");
  EXPECT_EQ(facts(datagrams.handshake()), kFacts);
  EXPECT_EQ(facts(decode_stream(decode_sip_tcp, kRegister, kTrying + kOk).handshake()), kFacts);
}

TEST(Sip, IsToldTheSameWhateverIsKnownOfIt) {
  expect_the_same_cut_everywhere(decode_sip_tcp, kRegister, kTrying + kOk);
}

TEST(Sip, PassesOverKeepAlives) {
  const Decoded outcome = decode_datagrams(
      decode_sip_udp, {{0, text("\r\n\r\n\r\n\r\n")}, {0, zeros(4)}, {0, kRegister}, {1, kOk}});
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
}

TEST(Sip, TakesWhoAskedFirstForTheClient) {
  const Bytes options = text("OPTIONS sip:a SIP/2.0\r\nFrom: <sip:b>\r\nTo: <sip:a>\r\n\r\n");
  const Decoded outcome = decode_datagrams(decode_sip_udp, {{1, kRegister}, {0, options}, {0, kOk}});
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
}

TEST(Sip, TellsAProvisionalResponseAtTheEnd) {
  EXPECT_EQ(decode_datagrams(decode_sip_udp, {{0, kRegister}, {1, kTrying}}).verdict(), Verdict::kMine);
  const Decoded outcome = decode_datagrams(decode_sip_udp, {{0, kRegister}, {1, kTrying}}, {}, true);
  EXPECT_EQ(facts(outcome.handshake())["status"], "100");
}

TEST(Sip, LeavesWhatIsNot) {
  EXPECT_EQ(decode_datagrams(decode_sip_udp, {{0, text("hello")}}, {5060, 5060}, true).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_stream(decode_sip_tcp, text("GET / HTTP/1.1\r\n"), {}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
