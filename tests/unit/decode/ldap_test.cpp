#include "decode/ldap.h"

#include <gtest/gtest.h>

#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

// X.690 §8.1.3.
Bytes element(std::uint8_t tag, const Bytes& content) {
  if (content.size() < 0x80) return Bytes{tag, static_cast<std::uint8_t>(content.size())} + content;
  return Bytes{tag, 0x82} + be16(content.size()) + content;
}
// RFC 4511 §4.1.1.
Bytes message(std::uint8_t tag, const Bytes& content, const Bytes& controls = {}) {
  return element(0x30, Bytes{2, 1, 1} + element(tag, content) + controls);
}
Bytes result(std::uint8_t code) {
  return Bytes{0x0a, 1, code, 4, 0, 4, 0};
}
const Bytes kBind =
    message(0x60, Bytes{2, 1, 3} + element(4, text("cn=admin")) + element(0x80, text("secret")));
const Bytes kBound = message(0x61, result(49));

TEST(Ldap, TellsWhoBindsAndWhatComesOfIt) {
  const Decoded outcome = decode_stream(decode_ldap_tcp, kBind, kBound);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "ldap");
  EXPECT_EQ(outcome.handshake().app_version, "3");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"request", "bindRequest"},
                                               {"reply", "bindResponse"},
                                               {"bind_dn", "cn=admin"},
                                               {"bind_mechanism", "simple"},
                                               {"result_code", "49"}}));
  EXPECT_EQ(decode_stream(decode_ldap_tcp, kBound, kBind).handshake(), outcome.handshake());
  cut_everywhere(decode_ldap_tcp, kBind, kBound);
}

TEST(Ldap, TellsSaslsMechanism) {
  const Bytes sasl =
      message(0x60, Bytes{2, 1, 3} + element(4, {}) + element(0xa3, element(4, text("GSS-SPNEGO"))));
  EXPECT_EQ(facts(decode_stream(decode_ldap_tcp, sasl, kBound).handshake()).at("bind_mechanism"),
            "GSS-SPNEGO");
}

TEST(Ldap, HandsOnBehindStartTls) {
  const Bytes ask = message(0x77, element(0x80, text("1.3.6.1.4.1.1466.20037")));
  const Bytes grant = message(0x78, result(0));
  const Decoded outcome = decode_stream(decode_ldap_tcp, ask + Bytes{0x16, 3, 1}, grant);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{ask.size(), grant.size()}));
  EXPECT_EQ(facts(outcome.handshake()).at("starttls"), "1");
  EXPECT_EQ(decode_stream(decode_ldap_tcp, ask, message(0x78, result(2))).answer.next, Next::kNobody);
  cut_everywhere(decode_ldap_tcp, ask, grant);

  // The controls behind both operations are cut off: nobody knows where TLS begins.
  const Bytes cut_ask =
      Bytes{0x30, 0x2c, 2, 1, 1, 0x77, 0x18} + element(0x80, text("1.3.6.1.4.1.1466.20037"));
  const Bytes cut_grant = Bytes{0x30, 0x24, 2, 1, 1, 0x78, 7} + result(0);
  const Decoded cut = decode_stream(decode_ldap_tcp, cut_ask, cut_grant, true);
  ASSERT_EQ(cut.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(cut.handshake()).at("starttls"), "1");
  EXPECT_EQ(cut.answer.next, Next::kNobody);
}

// Active Directory's ping: a search and its entry, each one datagram, several messages in the answer's.
TEST(Ldap, TellsASearchOverUdp) {
  const Bytes search = message(0x63, element(4, text("dc=example")) + Bytes{0x0a, 1, 0});
  const Bytes entry = message(0x64, element(4, {}) + element(0x30, Bytes(150, 1))) + message(0x65, result(0));
  const Decoded outcome = decode_datagrams(decode_ldap_udp, {{0, search}, {1, entry}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()),
            (Facts{{"request", "searchRequest"}, {"reply", "searchResEntry"}, {"base_dn", "dc=example"}}));
  EXPECT_EQ(decode_datagrams(decode_ldap_udp, {{0, search + Bytes{0}}}).verdict(), Verdict::kNotMine);
}

TEST(Ldap, IsNotWhatOthersSpeak) {
  const Bytes snmp = element(0x30, Bytes{2, 1, 0} + element(4, text("public")) + element(0xa0, Bytes(20, 1)));
  is_not(decode_ldap_tcp,
         {text("GET / HTTP/1.1\r\n"), snmp, element(0x30, Bytes{2, 1, 1, 0x60, 0x60} + Bytes(9, 0)),
          message(0x60, Bytes(9, 0), {0x55, 0}), Bytes{0x30, 0x80, 2, 1, 1}, text("0123456789")});
  EXPECT_EQ(decode_datagrams(decode_ldap_udp, {{0, snmp}}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
