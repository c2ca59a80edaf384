#include "decode/xmpp.h"

#include <gtest/gtest.h>

#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

const Bytes kClient = text(
    "<?xml version='1.0'?><stream:stream to='example.org' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>");
const Bytes kServer = text(
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream=\"http://etherx.jabber.org/streams\" "
    "id='1' from='example.org' version='1.0'><stream:features><starttls "
    "xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"
    "<required/></starttls></stream:features>");
const Bytes kAsk = text("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
const Bytes kGrant = text("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
const Facts kStream = {
    {"host", "example.org"}, {"stream_namespace", "jabber:client"}, {"server", "example.org"}};

TEST(Xmpp, HandsOnBehindStartTls) {
  const Decoded outcome = decode_stream(decode_xmpp, kClient + kAsk + text("\x16\x03\x01"), kServer + kGrant);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{(kClient + kAsk).size(), (kServer + kGrant).size()}));
  EXPECT_EQ(outcome.handshake().app, "xmpp");
  EXPECT_EQ(outcome.handshake().app_version, "1.0");
  Facts expected = kStream;
  expected["starttls"] = "1";
  EXPECT_EQ(facts(outcome.handshake()), expected);
  EXPECT_EQ(decode_stream(decode_xmpp, kServer + kGrant, kClient + kAsk).answer.next, Next::kAny);
  cut_everywhere(decode_xmpp, kClient + kAsk, kServer + kGrant);
}

TEST(Xmpp, TellsAStreamWithoutTls) {
  const Decoded outcome =
      decode_stream(decode_xmpp, kClient + text("<auth mechanism='PLAIN'>"), kServer + text("<success/>"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kNobody);
  EXPECT_EQ(facts(outcome.handshake()), kStream);
  EXPECT_EQ(facts(decode_stream(decode_xmpp, kClient, kServer, true).handshake()), kStream);
}

TEST(Xmpp, IsNotWhatOthersSpeak) {
  is_not(decode_xmpp, {text("GET / HTTP/1.1\r\n"), text("<?xml version='1.0'?><policy-file-request/>"),
                       text("<stream:stream xmlns:stream='http://example.org/'>")});
}

}  // namespace
}  // namespace vedette
