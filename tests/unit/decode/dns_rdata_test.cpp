#include "decode/dns_rdata.h"

#include <gtest/gtest.h>

#include "dns_builder.h"

namespace vedette {
namespace {

using namespace tests;

std::string shown(std::uint16_t type, const Bytes& data, DnsText text = DnsText::kAscii) {
  const Bytes bytes = dns_header(1, 0x8000, {.answers = 1}) + dns_question(labels("example.com"), type) +
                      dns_record(to_question(), type, 1, data);
  const auto message = parse_dns_message(bytes);
  if (!message || message->answers.empty()) return "no record";
  return dns_record_text(*message, message->answers[0], text);
}

Bytes string(std::string_view letters) {
  return Bytes{static_cast<std::uint8_t>(letters.size())} + text(letters);
}

TEST(DnsRecord, ShowsAddressesInTheirCanonicalForm) {
  EXPECT_EQ(shown(1, {192, 0, 2, 1}), "192.0.2.1");
  EXPECT_EQ(shown(28, be32(0x20010db8) + zeros(10) + be16(1)), "2001:db8::1");
}

TEST(DnsRecord, ShowsNamesThatPointIntoTheMessage) {
  EXPECT_EQ(shown(5, Bytes{3, 'w', 'w', 'w', 0xc0, 12}), "www.example.com");
  EXPECT_EQ(shown(15, be16(10) + Bytes{4, 'm', 'a', 'i', 'l', 0xc0, 12}), "10 mail.example.com");
  EXPECT_EQ(shown(15, be16(0) + labels("")), "0 .");  // RFC 7505
  EXPECT_EQ(shown(33, be16(0) + be16(5) + be16(5060) + labels("sip.example.com")),
            "0 5 5060 sip.example.com");
  EXPECT_EQ(shown(6, labels("ns.icann.org") + labels("noc.dns.icann.org") + be32(2024) + be32(7200) +
                         be32(3600) + be32(1209600) + be32(3600)),
            "ns.icann.org noc.dns.icann.org 2024 7200 3600 1209600 3600");
}

TEST(DnsRecord, JoinsTheStringsOfATextButNotThoseOfServices) {
  const Bytes data = string("v=spf1 include:_spf.exa") + string("mple.com -all");
  EXPECT_EQ(shown(16, data), "v=spf1 include:_spf.example.com -all");
  EXPECT_EQ(shown(16, string("txtvers=1") + string("papersize=A4"), DnsText::kUtf8),
            "txtvers=1 papersize=A4");
  EXPECT_EQ(shown(16, string("")), "");
}

// Each as the RFC that is named writes its own example.
TEST(DnsRecord, ShowsOthersInPresentationForm) {
  // RFC 3403 §6.2
  EXPECT_EQ(shown(35, be16(100) + be16(10) + string("S") + string("http+I2R") + string("") +
                          labels("_http._tcp.foo.com")),
            R"(100 10 "S" "http+I2R" "" _http._tcp.foo.com)");
  // RFC 8659 §4.1
  EXPECT_EQ(shown(257, Bytes{0} + string("issue") + text("ca1.example.net")), R"(0 issue "ca1.example.net")");
  // RFC 4034 §5.4
  EXPECT_EQ(shown(43, be16(60485) + Bytes{5, 1, 0x2b, 0xb1, 0x83}), "60485 5 1 2bb183");
  // RFC 4034 §2.3
  EXPECT_EQ(shown(48, be16(256) + Bytes{3, 5, 1, 3, 0xd2, 0x2a}), "256 3 5 AQPSKg==");
  // RFC 4034 §3.3; its dates are 2003-03-22 17:31:03 and 2003-02-20 17:31:03
  EXPECT_EQ(shown(46, be16(1) + Bytes{5, 3} + be32(86400) + be32(1048354263) + be32(1045762263) + be16(2642) +
                          labels("example.com") + Bytes{0xa0, 0x90, 0x75}),
            "A 5 3 86400 20030322173103 20030220173103 2642 example.com oJB1");
  // RFC 4034 §4.3
  EXPECT_EQ(shown(47, labels("host.example.com") + Bytes{0, 6, 0x40, 1, 0, 0, 0, 3} + Bytes{4, 27} +
                          zeros(26) + Bytes{0x20}),
            "host.example.com A MX RRSIG NSEC TYPE1234");
  // RFC 6698 §2.3, RFC 4255 §3.2
  EXPECT_EQ(shown(52, Bytes{3, 1, 1, 0xd2, 0xab}), "3 1 1 d2ab");
  EXPECT_EQ(shown(44, Bytes{2, 1, 0x12, 0x34}), "2 1 1234");
  // RFC 5155, Appendix A
  EXPECT_EQ(shown(50, Bytes{1, 1} + be16(12) + Bytes{4, 0xaa, 0xbb, 0xcc, 0xdd} +
                          Bytes{5, 0x17, 0x4e, 0xb2, 0x40, 0x9f} + Bytes{0, 1, 0x40}),
            "1 1 12 aabbccdd 2T7B4G4V A");
  EXPECT_EQ(shown(51, Bytes{1, 0} + be16(0) + Bytes{0}), "1 0 0 -");
}

// RFC 9460, Appendix D.
TEST(DnsRecord, ShowsServiceParameters) {
  EXPECT_EQ(shown(65, be16(0) + labels("foo.example.com")), "0 foo.example.com");
  EXPECT_EQ(shown(64, be16(16) + labels("foo.example.com") + be16(3) + be16(2) + be16(53)),
            "16 foo.example.com port=53");
  EXPECT_EQ(shown(64, be16(1) + labels("foo.example.com") + be16(667) + be16(5) + text("hello")),
            "1 foo.example.com key667=hello");
  EXPECT_EQ(shown(65, be16(1) + labels("") + be16(1) + be16(6) + string("h2") + string("h3") + be16(2) +
                          be16(0) + be16(4) + be16(8) + Bytes{192, 0, 2, 1, 192, 0, 2, 2} + be16(6) +
                          be16(16) + be32(0x20010db8) + zeros(11) + Bytes{1}),
            "1 . alpn=h2,h3 no-default-alpn ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1");
  EXPECT_EQ(shown(64, be16(16) + labels("foo.example.org") + be16(0) + be16(4) + be16(1) + be16(4)),
            "16 foo.example.org mandatory=alpn,ipv4hint");
}

TEST(DnsRecord, ShowsWhatItCantReadAsBytes) {
  EXPECT_EQ(shown(731, {0xab, 0xcd, 0xef}), R"(\# 3 abcdef)");  // RFC 3597 §5
  EXPECT_EQ(shown(1, {192, 0, 2}), R"(\# 3 c00002)");
  EXPECT_EQ(shown(1, {}), R"(\# 0)");
  EXPECT_EQ(shown(16, {9, 'x'}), R"(\# 2 0978)");
  EXPECT_EQ(shown(5, {1}), R"(\# 1 01)");
  EXPECT_EQ(shown(65, be16(1) + labels("") + be16(4) + be16(3) + Bytes{1, 2, 3}),
            R"(\# 10 00010000040003010203)");
}

}  // namespace
}  // namespace vedette
