#include "decode/dns.h"

#include <gtest/gtest.h>

#include "address_text.h"
#include "decode/dns_message.h"
#include "decoding.h"
#include "dns_builder.h"

namespace vedette {
namespace {

using namespace tests;

using Facts = std::map<std::string_view, std::string>;

constexpr std::array<std::uint16_t, 2> kAtHome = {40000, 53};
constexpr std::array<std::uint16_t, 2> kElsewhere = {40000, 8053};
const Bytes kAddress = {192, 0, 2, 80};

Bytes framed(const Bytes& message) {
  return be16(message.size()) + message;
}

TEST(Dns, TellsAQueryWithItsAnswer) {
  const auto decoded = decode_datagrams(
      decode_dns_udp,
      {{0, dns_query(7, "Www.Example.com", kDnsA)}, {1, dns_answer(7, "Www.Example.com", kDnsA, kAddress)}},
      kAtHome);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.answer.next, Next::kSame);
  ASSERT_EQ(decoded.handshakes.size(), 1U);
  EXPECT_EQ(decoded.handshake().app, "dns");
  EXPECT_EQ(decoded.handshake().time, Nanoseconds(1'000'000));
  EXPECT_EQ(facts(decoded.handshake()), (Facts{{"query", "Www.Example.com"},
                                               {"type", "A"},
                                               {"rcode", "NOERROR"},
                                               {"answers", "192.0.2.80"},
                                               {"min_ttl", "300"},
                                               {"latency_us", "1000"},
                                               {"flags", "qr rd ra"}}));
}

TEST(Dns, WaitsForTheAnswerAndThenTellsTheQueryAlone) {
  const std::vector<Datagram> query = {{0, dns_query(7, "example.com", 999)}};
  EXPECT_EQ(decode_datagrams(decode_dns_udp, query, kAtHome).verdict(), Verdict::kMine);
  const auto ended = decode_datagrams(decode_dns_udp, query, kAtHome, true);
  EXPECT_EQ(ended.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(ended.handshake()),
            (Facts{{"query", "example.com"}, {"type", "TYPE999"}, {"flags", "rd"}}));
}

TEST(Dns, TakesAQueryThatIsSentAgainForTheSame) {
  const Bytes query = dns_query(7, "example.com", kDnsA);
  const auto decoded = decode_datagrams(
      decode_dns_udp, {{0, query}, {0, query}, {1, dns_answer(7, "example.com", kDnsA, kAddress)}}, kAtHome);
  ASSERT_EQ(decoded.handshakes.size(), 1U);
  EXPECT_EQ(facts(decoded.handshake())["latency_us"], "2000");
  EXPECT_EQ(decoded.answer.used[0], 2 * query.size());
}

TEST(Dns, TellsAnswersByIdAndQuestionInTheOrderOfTheirQueries) {
  const auto decoded = decode_datagrams(decode_dns_udp,
                                        {{0, dns_query(7, "a.example", kDnsA)},
                                         {0, dns_query(7, "b.example", kDnsA)},
                                         {1, dns_answer(7, "b.example", kDnsA, {192, 0, 2, 2})},
                                         {1, dns_answer(7, "A.EXAMPLE", kDnsA, {192, 0, 2, 1})}},
                                        kAtHome);
  ASSERT_EQ(decoded.handshakes.size(), 2U);
  EXPECT_EQ(facts(decoded.handshakes[0])["answers"], "192.0.2.1");
  EXPECT_EQ(facts(decoded.handshakes[0])["latency_us"], "3000");
  EXPECT_EQ(facts(decoded.handshakes[1])["answers"], "192.0.2.2");
}

TEST(Dns, HoldsBackWhatStandsBehindAWaitingQuery) {
  const Bytes first = dns_query(1, "a.example", kDnsA), second = dns_query(2, "b.example", kDnsA),
              third = dns_query(3, "c.example", kDnsA);
  const std::vector<Datagram> sent = {{0, first},
                                      {0, second},
                                      {0, third},
                                      {1, dns_answer(1, "a.example", kDnsA, kAddress)},
                                      {1, dns_answer(3, "c.example", kDnsA, kAddress)}};
  const auto decoded = decode_datagrams(decode_dns_udp, sent, kAtHome);
  ASSERT_EQ(decoded.handshakes.size(), 1U);
  EXPECT_EQ(facts(decoded.handshake())["query"], "a.example");
  EXPECT_EQ(decoded.answer.used[0], first.size());
  EXPECT_EQ(decoded.answer.used[1], sent[3].bytes.size());
}

TEST(Dns, GivesUpAQueryFiveSecondsAfterItWasLastSent) {
  const Bytes query = dns_query(1, "a.example", kDnsA);
  const std::array arrivals = {
      Arrival{.end = static_cast<std::uint32_t>(query.size()), .time = Nanoseconds(1)}};
  const auto at = [&](std::int64_t now) {
    Handshakes handshakes;
    return decode_dns_udp({.bytes = {std::span(query), {}},
                           .arrivals = {std::span(arrivals), {}},
                           .ports = kAtHome,
                           .now = Nanoseconds(now)},
                          handshakes)
        .verdict;
  };
  EXPECT_EQ(at(5'000'000'001), Verdict::kMine);
  EXPECT_EQ(at(5'000'000'002), Verdict::kDone);
}

TEST(Dns, TellsAnAnswerWhoseQueryWasNotSeen) {
  const auto decoded =
      decode_datagrams(decode_dns_udp, {{0, dns_answer(7, "example.com", kDnsA, kAddress)}}, {53, 40000});
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(decoded.handshake())["query"], "example.com");
  EXPECT_EQ(facts(decoded.handshake())["answers"], "192.0.2.80");
  EXPECT_FALSE(facts(decoded.handshake()).contains("latency_us"));
}

TEST(Dns, TellsClassOpcodeSeveralQuestionsAndTheRoot) {
  const auto one = [](const Bytes& message) {
    return facts(decode_datagrams(decode_dns_udp, {{0, message}}, kAtHome, true).handshake());
  };
  const Facts chaos = one(dns_header(1, kQueryFlags, {}) + dns_question(labels("version.bind"), kDnsTxt, 3));
  EXPECT_EQ(chaos.at("class"), "CH");
  const Facts notify = one(dns_header(1, 0x2400, {}) + dns_question(labels("example.com"), kDnsSoa));
  EXPECT_EQ(notify.at("opcode"), "NOTIFY");
  const Facts two =
      one(dns_header(1, kQueryFlags, {.questions = 2}) + dns_question(labels("a.example"), kDnsA) +
          dns_question(labels("b.example"), kDnsAaaa));
  EXPECT_EQ(two.at("query"), "a.example");
  EXPECT_EQ(two.at("queries"), "a.example A b.example AAAA");
  EXPECT_EQ(one(dns_query(1, "", 2)).at("query"), ".");
}

TEST(Dns, TellsAddressesUnderTheNameThatWasAskedFor) {
  const Bytes answer = dns_header(7, kResponseFlags, {.answers = 4}) +
                       dns_question(labels("www.example"), kDnsA) +
                       dns_record(labels("cdn.example"), kDnsA, 20, {192, 0, 2, 1}) +
                       dns_record(to_question(), kDnsCname, 300, labels("CDN.example")) +
                       dns_record(labels("cdn.example"), kDnsA, 20, {192, 0, 2, 2}) +
                       dns_record(labels("bank.example"), kDnsA, 20, {192, 0, 2, 3});
  const auto decoded = decode_datagrams(decode_dns_udp, {{1, answer}}, kAtHome);
  const auto& addresses = decoded.handshake().addresses;
  ASSERT_EQ(addresses.size(), 2U);  // and none for a name that nobody asked for
  EXPECT_EQ(addresses[0].name, "www.example");
  EXPECT_EQ(shown(addresses[0]), "192.0.2.1");
  EXPECT_EQ(shown(addresses[1]), "192.0.2.2");
  EXPECT_EQ(addresses[1].ttl, std::chrono::seconds(20));
}

TEST(Dns, EndsWhereAliasesLeadInARing) {
  const Bytes answer = dns_header(7, kResponseFlags, {.answers = 2}) +
                       dns_question(labels("a.example"), kDnsA) +
                       dns_record(to_question(), kDnsCname, 300, labels("b.example")) +
                       dns_record(labels("b.example"), kDnsCname, 300, labels("a.example"));
  EXPECT_TRUE(decode_datagrams(decode_dns_udp, {{1, answer}}, kAtHome).handshake().addresses.empty());
}

TEST(Dns, IsKnownOnAnyPortIfItIsRightInEveryField) {
  const Bytes query = dns_query(7, "example.com", kDnsA);
  EXPECT_EQ(decode_datagrams(decode_dns_udp, {{0, query}}, kElsewhere).verdict(), Verdict::kMine);
  const auto refused = [&](std::size_t at, std::uint8_t value) {
    Bytes other = query;
    other[at] = value;
    return decode_datagrams(decode_dns_udp, {{0, other}}, kElsewhere).verdict() == Verdict::kNotMine;
  };
  EXPECT_TRUE(refused(2, 0x19));   // an opcode that there is not
  EXPECT_TRUE(refused(3, 0x40));   // the bit that must be zero
  EXPECT_TRUE(refused(3, 0x03));   // a query with an rcode
  EXPECT_TRUE(refused(5, 2));      // a question too many
  EXPECT_TRUE(refused(7, 1));      // an answer in a query
  EXPECT_TRUE(refused(12, 0x41));  // a label too long
  EXPECT_TRUE(refused(query.size() - 3, 200));
  EXPECT_TRUE(refused(query.size() - 1, 9));
  EXPECT_EQ(decode_datagrams(decode_dns_udp, {{0, query + Bytes{0}}}, kElsewhere).verdict(),
            Verdict::kNotMine);
}

TEST(Dns, PassesOverJunkAtHome) {
  const auto decoded = decode_datagrams(decode_dns_udp,
                                        {{0, text("GET / HTTP/1.1\r\n\r\n")},
                                         {0, dns_query(7, "example.com", kDnsA)},
                                         {1, dns_answer(7, "example.com", kDnsA, kAddress)}},
                                        kAtHome);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshakes.size(), 1U);
  const std::vector<Datagram> junk(8, {0, text("not a name server's")});
  EXPECT_EQ(decode_datagrams(decode_dns_udp, junk, kAtHome).verdict(), Verdict::kNotMine);
}

TEST(Dns, LeavesTheOthersPortsToThem) {
  const std::vector<Datagram> query = {{0, dns_query(7, "example.com", kDnsA)}};
  for (const std::uint16_t port : {std::uint16_t{137}, std::uint16_t{5353}, std::uint16_t{5355}})
    EXPECT_EQ(decode_datagrams(decode_dns_udp, query, {port, port}).verdict(), Verdict::kNotMine) << port;
  EXPECT_EQ(decode_datagrams(decode_dns_udp, query, {5353, 53}).verdict(), Verdict::kMine);
}

TEST(Dns, GivesWayInAFlowOfUnansweredQueries) {
  std::vector<Datagram> queries;
  for (std::uint16_t id = 0; id < 48; id++) queries.push_back({0, dns_query(id, "example.com", kDnsA)});
  const auto decoded = decode_datagrams(decode_dns_udp, queries, kAtHome);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_GE(decoded.handshakes.size(), 24U);
  EXPECT_LT(decoded.handshakes.size(), 48U);
}

TEST(DnsOverTcp, TellsEachTransactionOfAConnection) {
  const Bytes queries = framed(dns_query(1, "a.example", kDnsA)) + framed(dns_query(2, "b.example", kDnsA));
  const Bytes answers = framed(dns_answer(2, "b.example", kDnsA, kAddress)) +
                        framed(dns_answer(1, "a.example", kDnsA, kAddress));
  const auto decoded = decode_stream(decode_dns_tcp, queries, answers, false, kAtHome);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.answer.next, Next::kSame);
  ASSERT_EQ(decoded.handshakes.size(), 2U);
  EXPECT_EQ(facts(decoded.handshakes[0])["query"], "a.example");
  EXPECT_EQ(decoded.answer.used, (std::array{queries.size(), answers.size()}));
}

TEST(DnsOverTcp, WaitsAtEveryByteAndNeverClaimsWrongly) {
  const Bytes query = framed(dns_query(1, "a.example", kDnsA));
  const Bytes answer = framed(dns_answer(1, "a.example", kDnsA, kAddress));
  for (const auto& ports : {kAtHome, kElsewhere}) {
    for (std::size_t size = 0; size < query.size(); size++) {
      const auto decoded = decode_stream(
          decode_dns_tcp, Bytes(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(size)), {}, false,
          ports);
      EXPECT_EQ(decoded.verdict(), Verdict::kUndecided) << size;
      EXPECT_GT(decoded.answer.need[0], size);
    }
    for (std::size_t size = 0; size < answer.size(); size++) {
      const Bytes part(answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(decode_stream(decode_dns_tcp, query, part, false, ports).verdict(), Verdict::kMine) << size;
    }
    EXPECT_EQ(decode_stream(decode_dns_tcp, query, answer, false, ports).verdict(), Verdict::kDone);
  }
}

TEST(DnsOverTcp, IsNotTakenForIt) {
  for (const std::string_view other :
       {"GET / HTTP/1.1\r\nHost: a\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "EHLO mail.example\r\n"})
    EXPECT_EQ(decode_stream(decode_dns_tcp, text(other), {}, false, kElsewhere).verdict(), Verdict::kNotMine)
        << other;
  const Bytes hello = Bytes{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3} + zeros(520);
  EXPECT_EQ(decode_stream(decode_dns_tcp, hello, {}, false, kElsewhere).verdict(), Verdict::kNotMine);
}

TEST(DnsOverTcp, TellsAZoneTransferByItsFirstAnswer) {
  const Bytes query = framed(dns_query(1, "example", kDnsAxfr));
  const Bytes soa = labels("ns.example") + labels("root.example") + zeros(20);
  const auto part = [&](std::uint16_t type, const Bytes& data) {
    return framed(dns_header(1, 0x8400, {.answers = 1}) + dns_question(labels("example"), kDnsAxfr) +
                  dns_record(to_question(), type, 60, data));
  };
  const Bytes answers = part(kDnsSoa, soa) + part(kDnsA, kAddress) + part(kDnsSoa, soa);
  EXPECT_EQ(decode_stream(decode_dns_tcp, query, answers, false, kAtHome).verdict(), Verdict::kMine);
  const auto ended = decode_stream(decode_dns_tcp, query, answers, true, kAtHome);
  ASSERT_EQ(ended.handshakes.size(), 1U);
  EXPECT_EQ(facts(ended.handshake())["type"], "AXFR");
  EXPECT_EQ(facts(ended.handshake())["answers"], "ns.example root.example 0 0 0 0 0");
}

TEST(DnsOverTcp, TellsAMessageThatIsCutAsFarAsItGoes) {
  const Bytes answer = framed(dns_answer(1, "a.example", kDnsA, kAddress) + zeros(100));
  const Bytes part(answer.begin(), answer.begin() + 40);
  const auto decoded =
      decode_stream(decode_dns_tcp, framed(dns_query(1, "a.example", kDnsA)), part, true, kAtHome);
  ASSERT_EQ(decoded.handshakes.size(), 1U);
  EXPECT_EQ(facts(decoded.handshake())["rcode"], "NOERROR");
  EXPECT_EQ(decoded.answer.next, Next::kNobody);
}

}  // namespace
}  // namespace vedette
