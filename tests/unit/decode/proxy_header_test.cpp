#include "decode/proxy_header.h"

#include <gtest/gtest.h>

#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

const Bytes kSignature = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
const Facts kFour = {{"proxied_src_ip", "192.0.2.1"},
                     {"proxied_src_port", "56324"},
                     {"proxied_dst_ip", "198.51.100.1"},
                     {"proxied_dst_port", "443"}};

TEST(ProxyHeader, TellsVersion1AndHandsOn) {
  const Bytes header = text("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n");
  const Decoded outcome = decode_stream(decode_proxy_header, header + text("GET /"), {});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array<std::size_t, 2>{header.size(), 0}));
  EXPECT_EQ(outcome.handshake().app, "proxy");
  EXPECT_EQ(outcome.handshake().app_version, "1");
  EXPECT_EQ(facts(outcome.handshake()), kFour);
  cut_everywhere(decode_proxy_header, header, {});
  EXPECT_EQ(decode_stream(decode_proxy_header, text("PROXY UNKNOWN\r\n"), {}).answer.used[0], 15U);
}

TEST(ProxyHeader, TellsVersion2WithItsValues) {
  const Bytes addresses = Bytes{192, 0, 2, 1, 198, 51, 100, 1} + be16(56324) + be16(443);
  const Bytes values = Bytes{2} + be16(11) + text("example.org");
  const Bytes header =
      kSignature + Bytes{0x21, 0x11} + be16(addresses.size() + values.size()) + addresses + values;
  const Decoded outcome = decode_stream(decode_proxy_header, header + text("x"), {});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.used[0], header.size());
  Facts expected = kFour;
  expected["authority"] = "example.org";
  EXPECT_EQ(facts(outcome.handshake()), expected);
  cut_everywhere(decode_proxy_header, header, {});
}

TEST(ProxyHeader, TellsIpv6) {
  const Bytes header = text("PROXY TCP6 2001:DB8:0:0::1 2001:db8::2 1 2\r\n");
  EXPECT_EQ(facts(decode_stream(decode_proxy_header, header, {}).handshake()).at("proxied_src_ip"),
            "2001:db8::1");
}

TEST(ProxyHeader, IsNotWhatOthersSpeak) {
  is_not(decode_proxy_header,
         {text("GET / HTTP/1.1\r\n"), text("PROXY TCP4 192.0.2.1\r\n"), text("PROXY TCP4 a b 1 2\r\n"),
          text("PROXY ") + Bytes(120, 'x'), kSignature + Bytes{0x31, 0x11, 0, 0}});
}

}  // namespace
}  // namespace vedette
