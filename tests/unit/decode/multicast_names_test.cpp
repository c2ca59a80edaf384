#include <gtest/gtest.h>

#include "address_text.h"
#include "decode/dns_message.h"
#include "decode/llmnr.h"
#include "decode/mdns.h"
#include "decode/nbns.h"
#include "decode/netbios_name.h"
#include "decoding.h"
#include "dns_builder.h"

namespace vedette {
namespace {

using namespace tests;

using Facts = std::map<std::string_view, std::string>;

constexpr std::array<std::uint16_t, 2> kMdns = {5353, 5353};
constexpr std::array<std::uint16_t, 2> kLlmnr = {50000, 5355};
constexpr std::array<std::uint16_t, 2> kNetbios = {137, 137};

Decoded one(Decode decode, const Bytes& message, std::array<std::uint16_t, 2> ports) {
  return decode_datagrams(decode, {{0, message}}, ports);
}

TEST(Mdns, TellsEachMessageByItself) {
  const Bytes query = dns_header(0, 0, {.questions = 2}) +
                      dns_question(labels("_ipp._tcp.local"), 12, 0x8001) +
                      dns_question(labels("_http._tcp.local"), 12);
  const auto asked = one(decode_mdns, query, kMdns);
  ASSERT_EQ(asked.verdict(), Verdict::kDone);
  EXPECT_EQ(asked.answer.used[0], query.size());
  EXPECT_EQ(facts(asked.handshake()), (Facts{{"message", "query"},
                                             {"query", "_ipp._tcp.local"},
                                             {"type", "PTR"},
                                             {"queries", "_ipp._tcp.local PTR _http._tcp.local PTR"}}));
}

TEST(Mdns, TellsAnAnswerByTheNameThatItIsAbout) {
  const Bytes answer = dns_header(0, 0x8400, {.questions = 0, .answers = 1, .additionals = 1}) +
                       dns_record(labels("Bob's Printer._ipp._tcp.local"), 33, 120,
                                  zeros(4) + be16(631) + labels("printer.local"), 0x8001) +
                       dns_record(labels("printer.local"), kDnsA, 120, {192, 0, 2, 9}, 0x8001);
  const auto decoded = one(decode_mdns, answer, kMdns);
  EXPECT_EQ(facts(decoded.handshake()), (Facts{{"message", "response"},
                                               {"query", "Bob's Printer._ipp._tcp.local"},
                                               {"type", "SRV"},
                                               {"rcode", "NOERROR"},
                                               {"answers", "0 0 631 printer.local"},
                                               {"min_ttl", "120"}}));
  ASSERT_EQ(decoded.handshake().addresses.size(), 1U);
  EXPECT_EQ(decoded.handshake().addresses[0].name, "printer.local");
}

TEST(Mdns, IsOnlyWhatIsWholeAndOfTheInternet) {
  const Bytes query = dns_header(0, 0, {}) + dns_question(labels("a.local"), 1);
  EXPECT_EQ(one(decode_mdns, query, kMdns).verdict(), Verdict::kDone);
  EXPECT_EQ(one(decode_mdns, query, {5353, 53}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(one(decode_mdns, query, {5354, 5354}).verdict(), Verdict::kNotMine);
  for (std::size_t size = 0; size < query.size(); size++)
    EXPECT_TRUE(
        one(decode_mdns, Bytes(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(size)), kMdns)
            .handshakes.empty())
        << size;
  EXPECT_TRUE(one(decode_mdns, query + Bytes{1}, kMdns).handshakes.empty());
}

TEST(Llmnr, TellsAQueryOnceAndItsAnswer) {
  const Bytes query = dns_header(9, 0, {}) + dns_question(labels("wpad"), kDnsA);
  const Bytes answer = dns_header(9, 0x8000, {.answers = 1}) + dns_question(labels("wpad"), kDnsA) +
                       dns_record(to_question(), kDnsA, 30, {192, 0, 2, 7});
  const auto decoded = decode_datagrams(decode_llmnr_udp, {{0, query}, {0, query}, {1, answer}}, kLlmnr);
  ASSERT_EQ(decoded.handshakes.size(), 1U);
  EXPECT_EQ(decoded.handshake().app, "llmnr");
  EXPECT_EQ(facts(decoded.handshake()), (Facts{{"query", "wpad"},
                                               {"type", "A"},
                                               {"rcode", "NOERROR"},
                                               {"answers", "192.0.2.7"},
                                               {"min_ttl", "30"},
                                               {"latency_us", "2000"}}));
  EXPECT_EQ(one(decode_llmnr_udp, dns_header(9, 0x0010, {}) + dns_question(labels("wpad"), kDnsA), kLlmnr)
                .verdict(),
            Verdict::kUndecided);
}

TEST(Llmnr, IsSpokenOverTcpToo) {
  const Bytes query = dns_header(9, 0, {}) + dns_question(labels("wpad"), kDnsA);
  const auto decoded = decode_stream(decode_llmnr_tcp, be16(query.size()) + query, {}, true, kLlmnr);
  EXPECT_EQ(decoded.handshake().app, "llmnr");
  EXPECT_EQ(facts(decoded.handshake())["query"], "wpad");
}

// RFC 1001 §14.1: "The NetBIOS name" is encoded letter by letter, a nibble each.
Bytes netbios(std::string_view name, char suffix) {
  std::string padded(name);
  padded.resize(15, ' ');
  padded += suffix;
  std::string letters;
  for (const char byte : padded) {
    letters += static_cast<char>('A' + (static_cast<unsigned char>(byte) >> 4));
    letters += static_cast<char>('A' + (byte & 15));
  }
  return labels(letters);
}

TEST(NetbiosName, IsDecodedAsTheRfcEncodesIt) {
  const Bytes bytes = labels("EGFCEFEECACACACACACACACACACACACA.NETBIOS.COM");  // RFC 1001 §14.1: FRED
  const auto name = read_netbios_name(bytes, 0);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->name, "FRED.NETBIOS.COM");
  EXPECT_EQ(name->suffix, 0x20);
  EXPECT_EQ(netbios("FRED", ' '), labels("EGFCEFEECACACACACACACACACACACACA"));
  EXPECT_FALSE(read_netbios_name(labels("EGFCEFEECACACACACACACACACACACAC"), 0));
  EXPECT_FALSE(read_netbios_name(labels("EGFCEFEECACACACACACACACACACACACZ"), 0));
}

TEST(Nbns, TellsANameAndItsAddresses) {
  const Bytes query = dns_header(5, 0x0110, {}) + dns_question(netbios("FILES", ' '), kDnsNb);
  const Bytes answer = dns_header(5, 0x8500, {.questions = 0, .answers = 1}) +
                       dns_record(netbios("FILES", ' '), kDnsNb, 300, be16(0) + Bytes{192, 0, 2, 5});
  const auto decoded = decode_datagrams(decode_nbns, {{0, query}, {1, answer}}, kNetbios);
  ASSERT_EQ(decoded.handshakes.size(), 1U);
  EXPECT_EQ(decoded.handshake().app, "nbns");
  EXPECT_EQ(facts(decoded.handshake()), (Facts{{"query", "FILES"},
                                               {"name_suffix", "20"},
                                               {"type", "NB"},
                                               {"rcode", "NOERROR"},
                                               {"answers", "192.0.2.5"},
                                               {"min_ttl", "300"},
                                               {"latency_us", "1000"}}));
  ASSERT_EQ(decoded.handshake().addresses.size(), 1U);
  EXPECT_EQ(shown(decoded.handshake().addresses[0]), "192.0.2.5");
}

TEST(Nbns, TellsRegistrationsAndANodesNames) {
  const Bytes registration = dns_header(6, 0x2910, {.additionals = 1}) +
                             dns_question(netbios("WORKGROUP", '\x1d'), kDnsNb) +
                             dns_record(to_question(), kDnsNb, 300000, be16(0) + Bytes{192, 0, 2, 5});
  const auto registered = decode_datagrams(decode_nbns, {{0, registration}}, kNetbios, true);
  EXPECT_EQ(
      facts(registered.handshake()),
      (Facts{{"opcode", "REGISTRATION"}, {"query", "WORKGROUP"}, {"name_suffix", "1d"}, {"type", "NB"}}));
  const Bytes names = Bytes{2} + text("PRINTER        ") + Bytes{0x20} + be16(0x0400) +
                      text("WORKGROUP      ") + Bytes{0} + be16(0x8400);
  const Bytes status = dns_header(7, 0x8400, {.questions = 0, .answers = 1}) +
                       dns_record(netbios("*", 0), kDnsNbstat, 0, names + zeros(46));
  EXPECT_EQ(facts(one(decode_nbns, status, kNetbios).handshake())["answers"], "PRINTER<20> WORKGROUP<00>");
}

TEST(Nbns, IsOnlyWhatIsEncodedAsItsNamesAre) {
  EXPECT_EQ(
      decode_datagrams(decode_nbns, {{0, dns_query(1, "example.com", kDnsA)}}, kNetbios, true).verdict(),
      Verdict::kNotMine);
  const Bytes query = dns_header(5, 0x0110, {}) + dns_question(netbios("FILES", ' '), kDnsNb);
  for (std::size_t size = 0; size < query.size(); size++)
    EXPECT_TRUE(
        one(decode_nbns, Bytes(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(size)), kNetbios)
            .handshakes.empty())
        << size;
}

}  // namespace
}  // namespace vedette
