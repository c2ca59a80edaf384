#include "decode/kerberos.h"

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
Bytes field(std::uint8_t number, const Bytes& content) {
  return element(0xa0 | number, content);
}
Bytes integer(std::uint8_t value) {
  return {2, 1, value};
}
Bytes string(std::string_view value) {
  return element(0x1b, text(value));
}
// RFC 4120 §5.2.2.
Bytes name(const std::vector<std::string_view>& parts) {
  Bytes list;
  for (const std::string_view part : parts) list = list + string(part);
  return element(0x30, field(0, integer(1)) + field(1, element(0x30, list)));
}
// RFC 4120 §5.4.1 and §5.9.1.
Bytes as_request() {
  const Bytes body = field(0, Bytes{3, 5, 0, 0, 0, 0, 0}) + field(1, name({"alice"})) +
                     field(2, string("EXAMPLE.ORG")) + field(3, name({"krbtgt", "EXAMPLE.ORG"})) +
                     field(7, Bytes{2, 4, 1, 2, 3, 4});
  return element(0x6a,
                 element(0x30, field(1, integer(5)) + field(2, integer(10)) + field(4, element(0x30, body))));
}
Bytes error(std::uint8_t code) {
  return element(
      0x7e, element(0x30, field(0, integer(5)) + field(1, integer(30)) + field(6, integer(code)) +
                              field(9, string("EXAMPLE.ORG")) + field(10, name({"krbtgt", "EXAMPLE.ORG"}))));
}
Bytes framed(const Bytes& message) {
  return be32(static_cast<std::uint32_t>(message.size())) + message;
}
const Facts kBoth = {{"request", "AS-REQ"},
                     {"reply", "KRB-ERROR"},
                     {"realm", "EXAMPLE.ORG"},
                     {"client_name", "alice"},
                     {"server_name", "krbtgt/EXAMPLE.ORG"},
                     {"error_code", "25"}};

TEST(Kerberos, TellsRequestAndReplyOverUdp) {
  const Decoded outcome = decode_datagrams(decode_kerberos_udp, {{0, as_request()}, {1, error(25)}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "kerberos");
  EXPECT_EQ(outcome.handshake().app_version, "5");
  EXPECT_EQ(facts(outcome.handshake()), kBoth);
  EXPECT_EQ(decode_datagrams(decode_kerberos_udp, {{0, as_request()}}).verdict(), Verdict::kMine);
  EXPECT_EQ(
      facts(decode_datagrams(decode_kerberos_udp, {{0, as_request()}}, {}, true).handshake()).at("realm"),
      "EXAMPLE.ORG");
}

TEST(Kerberos, TellsThemOverTcp) {
  EXPECT_EQ(facts(decode_stream(decode_kerberos_tcp, framed(as_request()), framed(error(25))).handshake()),
            kBoth);
  cut_everywhere(decode_kerberos_tcp, framed(as_request()), framed(error(25)));
}

TEST(Kerberos, TellsTheTicketsService) {
  const Bytes ticket = element(0x61, element(0x30, field(0, integer(5)) + field(1, string("EXAMPLE.ORG")) +
                                                       field(2, name({"host", "web"}))));
  const Bytes reply = element(
      0x6d, element(0x30, field(0, integer(5)) + field(1, integer(13)) + field(3, string("EXAMPLE.ORG")) +
                              field(4, name({"alice"})) + field(5, ticket)));
  EXPECT_EQ(facts(decode_datagrams(decode_kerberos_udp, {{0, reply}}, {}, true).handshake()),
            (Facts{{"reply", "TGS-REP"},
                   {"realm", "EXAMPLE.ORG"},
                   {"client_name", "alice"},
                   {"server_name", "host/web"}}));
}

TEST(Kerberos, IsNotWhatOthersSpeak) {
  Bytes other_type = as_request();
  other_type[0] = 0x6c;  // the tag says TGS-REQ, the field AS-REQ
  const auto datagram = [](const Bytes& bytes) {
    return decode_datagrams(decode_kerberos_udp, {{0, bytes}}).verdict();
  };
  EXPECT_EQ(datagram(other_type), Verdict::kNotMine);
  EXPECT_EQ(datagram(as_request() + Bytes{0}), Verdict::kNotMine);
  EXPECT_EQ(datagram(Bytes(60, 0x6a)), Verdict::kNotMine);
  is_not(decode_kerberos_tcp,
         {text("GET / HTTP/1.1\r\n"), framed(other_type), Bytes(40, 0), Bytes{0, 0, 0, 5, 0x6a}});
}

}  // namespace
}  // namespace vedette
