#include "decode/tls.h"

#include <gtest/gtest.h>

#include <map>

#include "decode/ja3.h"
#include "decode/ja4.h"
#include "decode/tls_hello.h"
#include "decoding.h"
#include "hello_builder.h"
#include "openssl_certificate.h"
#include "openssl_hello.h"

namespace vedette {
namespace {

using namespace tests;

enum : std::uint8_t {
  kClientHello = 1,
  kServerHello = 2,
  kTicket = 4,
  kCertificateType = 11,
  kHelloDone = 14
};

const ClientHelloSays kModernClient{.ciphers = {0x1301, 0xc02f},
                                    .extensions = server_name("example.org") + alpn({"h2", "http/1.1"}) +
                                                  supported_versions({0x3a3a, 0x0304, 0x0303})};
const Bytes kClientMessage = message(kClientHello, client_hello(kModernClient));
const Bytes kServer13 = message(kServerHello, server_hello({.extensions = selected_version(0x0304)}));
const Bytes kServer12 = message(kServerHello, server_hello({.cipher = 0xc02f, .extensions = alpn({"h2"})}));
const Bytes kRetry =
    message(kServerHello, server_hello({.extensions = selected_version(0x0304) + tls_extension(51, {0, 23}),
                                        .random = retry_random()}));
const Bytes kChangeCipherSpec = record({1}, 20);
const Bytes kHelloDoneMessage = message(kHelloDone, {});

Bytes be24(std::size_t value) {
  return Bytes{static_cast<std::uint8_t>(value >> 16)} + be16(value & 0xffff);
}
// The certificate and `others` bytes of the chain behind it.
Bytes certificates(std::size_t others) {
  const Bytes first(std::begin(kCertificate), std::end(kCertificate));
  const Bytes list =
      be24(first.size()) + first + (others == 0 ? Bytes{} : be24(others) + Bytes(others, 0x30));
  return message(kCertificateType, be24(list.size()) + list);
}

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_tls, first, second, ended);
}

TEST(Tls, TellsBothSidesOfTls13) {
  const Decoded outcome = decode(record(kClientMessage), record(kServer13));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "tls");
  EXPECT_EQ(outcome.handshake().app_version, "1.3");
  const ClientHello client = *parse_client_hello(client_hello(kModernClient));
  const ServerHello server = *parse_server_hello(server_hello({.extensions = selected_version(0x0304)}));
  const std::map<std::string_view, std::string> expected = {{"offered_versions", "1.3 1.2"},
                                                            {"chosen_version", "1.3"},
                                                            {"sni", "example.org"},
                                                            {"alpn", "h2 http/1.1"},
                                                            {"cipher", "TLS_AES_128_GCM_SHA256"},
                                                            {"ja3", ja3(client)},
                                                            {"ja3s", ja3s(server)},
                                                            {"ja4", ja4(client, Ja4Transport::kTls)}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Tls, TellsTheAlpnThatAnOlderServerChoseInClear) {
  const auto told = facts(decode(record(kClientMessage), record(kServer12 + kHelloDoneMessage)).handshake());
  EXPECT_EQ(told.at("chosen_version"), "1.2");
  EXPECT_EQ(told.at("chosen_alpn"), "h2");
  EXPECT_EQ(told.at("cipher"), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
}

TEST(Tls, TellsEveryOlderVersion) {
  for (const auto& [version, name] :
       {std::pair(0x0300, "SSL 3.0"), {0x0301, "1.0"}, {0x0302, "1.1"}, {0x0303, "1.2"}}) {
    const auto number = static_cast<std::uint16_t>(version);
    const Decoded outcome =
        decode(record(message(kClientHello, client_hello({.version = number, .any_extensions = false}))),
               record(message(kServerHello, server_hello({.version = number})) + kHelloDoneMessage));
    EXPECT_EQ(outcome.handshake().app_version, name);
    EXPECT_EQ(facts(outcome.handshake()).at("offered_versions"), name);
  }
}

TEST(Tls, KnowsClientAndServerByWhatTheySay) {
  EXPECT_EQ(decode(record(kServer13), record(kClientMessage)).handshake(),
            decode(record(kClientMessage), record(kServer13)).handshake());
}

TEST(Tls, TellsTheServerHelloBehindARetry) {
  const Bytes server = record(kRetry) + kChangeCipherSpec + record(kServer13);
  const Decoded outcome = decode(record(kClientMessage), server);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()), facts(decode(record(kClientMessage), record(kServer13)).handshake()));
}

TEST(Tls, WaitsForTheServerHelloBehindARetryAndMakesDoWithTheRetry) {
  EXPECT_EQ(decode(record(kClientMessage), record(kRetry) + kChangeCipherSpec).verdict(), Verdict::kMine);
  const Decoded outcome = decode(record(kClientMessage), record(kRetry), true);
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app_version, "1.3");
}

TEST(Tls, PassesOverAWarningBeforeTheServerHello) {
  const Bytes server = record({1, 112}, 21) + record(kServer12 + kHelloDoneMessage);
  EXPECT_EQ(decode(record(kClientMessage), server).handshake().app_version, "1.2");
}

TEST(Tls, TellsTheClientAloneWhereTheServerRefuses) {
  const Decoded outcome = decode(record(kClientMessage), record({2, 40}, 21));
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app_version, "");
  EXPECT_EQ(facts(outcome.handshake()).at("sni"), "example.org");
}

TEST(Tls, ReadsMessagesThatShareARecord) {
  const Bytes server = record(kServer12 + message(kCertificateType, Bytes(900, 0x44)));
  EXPECT_EQ(decode(record(kClientMessage), server).verdict(), Verdict::kDone);
}

TEST(Tls, ReadsAMessageOverRecordsOfAnySize) {
  const Handshake whole = decode(record(kClientMessage), record(kServer13)).handshake();
  for (std::size_t size = 1; size <= kClientMessage.size(); size++)
    EXPECT_EQ(decode(records(kClientMessage, size), records(kServer13, size)).handshake(), whole) << size;
}

// `need` never points behind what tells more, nor to what is known.
TEST(Tls, WaitsForTheRestWhereverItIsCut) {
  const Bytes client(std::begin(kOpensslHello), std::end(kOpensslHello));
  const Bytes server = record(kRetry) + kChangeCipherSpec + record(kServer13);
  for (std::size_t ours = 0; ours < client.size(); ours++) {
    Handshakes none;
    const Answer answer =
        decode_tls({.bytes = {std::span(client).first(ours), std::span(server)}, .arrivals = {}}, none);
    EXPECT_EQ(answer.verdict, Verdict::kMine) << ours;
    EXPECT_TRUE(answer.need[0] > ours && answer.need[0] <= client.size()) << ours;
  }
  for (std::size_t theirs = 0; theirs < server.size(); theirs++) {
    Handshakes none;
    const Answer answer =
        decode_tls({.bytes = {std::span(client), std::span(server).first(theirs)}, .arrivals = {}}, none);
    EXPECT_EQ(answer.verdict, Verdict::kMine) << theirs;
    EXPECT_TRUE(answer.need[1] > theirs && answer.need[1] <= server.size()) << theirs;
  }
  EXPECT_EQ(decode(client, server).verdict(), Verdict::kDone);
}

TEST(Tls, TellsARealHello) {
  const Bytes client(std::begin(kOpensslHello), std::end(kOpensslHello));
  const auto told = facts(decode(client, {}, true).handshake());
  EXPECT_EQ(told.at("sni"), "vedette.example");
  EXPECT_EQ(told.at("alpn"), "h2 http/1.1");
  EXPECT_EQ(told.at("offered_versions"), "1.3 1.2 1.1 1.0");
  EXPECT_EQ(told.at("ja3"), kOpensslJa3);
}

TEST(Tls, HasNoFingerprintOfAHelloThatWasCutOff) {
  const Bytes client(std::begin(kOpensslHello), std::end(kOpensslHello) - 10);
  const auto told = facts(decode(client, {}, true).handshake());
  EXPECT_EQ(told.at("sni"), "vedette.example");
  EXPECT_FALSE(told.contains("ja3"));
  EXPECT_FALSE(told.contains("ja4"));
}

// SSL 3 had no extensions, so what was cut off before them looks whole.
TEST(Tls, HasNoFingerprintOfAHelloThatWasCutOffBeforeItsExtensions) {
  const Bytes client = record(kClientMessage);
  const std::size_t extensions = client_hello(kModernClient).size() -
                                 client_hello({.ciphers = {0x1301, 0xc02f}, .any_extensions = false}).size();
  const auto told =
      facts(decode(Bytes(client.begin(), client.end() - static_cast<std::ptrdiff_t>(extensions)), {}, true)
                .handshake());
  EXPECT_EQ(told.at("offered_versions"), "1.2");
  EXPECT_FALSE(told.contains("ja3"));
}

TEST(Tls, NamesGreaseNowhereAndUnknownNumbersByTheirHex) {
  const ClientHelloSays client{.extensions = supported_versions({0x0a0a, 0x7f1c, 0x0305})};
  const auto told =
      facts(decode(record(message(kClientHello, client_hello(client))),
                   record(message(kServerHello, server_hello({.cipher = 0x9999})) + kHelloDoneMessage))
                .handshake());
  EXPECT_EQ(told.at("offered_versions"), "1.3-draft28 0x0305");
  EXPECT_EQ(told.at("cipher"), "0x9999");
}

TEST(Tls, IsNotWhatOthersSpeak) {
  EXPECT_EQ(decode(text("GET / HTTP/1.1\r\n"), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({}, text("SSH-2.0-OpenSSH_9.2")).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({0x16}, {}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({0x16, 0x02}, {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({0x17, 0x03, 0x04}, {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(record(Bytes(20, 0), 23) + text("GET /"), {}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({}, {}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({}, {}, true).verdict(), Verdict::kNotMine);
}

TEST(Tls, IsToldByItsRecordsFromItsMiddleOn) {
  const Bytes data = record(Bytes(20, 0), 23);
  EXPECT_EQ(decode(data, {}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode(data, {}).answer.need[0], data.size() + 5);
  EXPECT_EQ(decode(record(message(kCertificateType, Bytes(40, 1))), {}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode(data + data, {}).verdict(), Verdict::kMine);  // the other side may yet say a hello
  EXPECT_EQ(decode(data + data, {}).answer.need, (std::array<std::size_t, 2>{0, 1}));
  const std::array those{decode(data, data), decode({}, data + data, true),
                         decode(data + Bytes{23, 3, 3, 1, 0}, {}, true),
                         decode({}, record(Bytes(26, 0), 21), true)};  // one that all ends with
  for (const Decoded& told : those) {
    EXPECT_EQ(told.verdict(), Verdict::kDone);
    EXPECT_EQ(told.handshake().app, "tls");
    EXPECT_EQ(told.handshake().app_version, "");
    EXPECT_TRUE(told.handshake().facts.empty());
  }
  EXPECT_EQ(decode(record(Bytes(3, 0), 20), data).verdict(),
            Verdict::kUndecided);  // no such change_cipher_spec
  const Bytes less(data.begin(), data.end() - 1);
  for (const auto& [ours, theirs] :
       {std::pair(data + Bytes{23}, Bytes{}), {less, {}}, {data, text("+OK\r\n")}})
    EXPECT_EQ(decode(ours, theirs, true).verdict(), Verdict::kNotMine);
}

TEST(Tls, TellsTheServersCertificate) {
  const Decoded outcome = decode(record(kClientMessage), record(kServer12) + record(certificates(0)));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("cert_subject"), kCertificateSubject);
  EXPECT_EQ(facts(outcome.handshake()).at("cert_sha256"), kCertificateSha256);
  EXPECT_EQ(facts(outcome.handshake()).at("chosen_alpn"), "h2");
}

// Of a chain the first is waited for, in records of any size, and `need` never points behind its end.
TEST(Tls, WaitsForTheFirstCertificateAndNoLonger) {
  for (const std::size_t size : {1, 3, 100, 16384}) {
    const Bytes server = record(kServer12) + records(certificates(30'000), size);
    std::size_t known = 0;
    for (Verdict verdict = Verdict::kMine; verdict == Verdict::kMine;) {
      Handshakes told;
      const Bytes client = record(kClientMessage);
      const Answer answer =
          decode_tls({.bytes = {std::span(client), std::span(server).first(known)}, .arrivals = {}}, told);
      verdict = answer.verdict;
      if (verdict == Verdict::kMine) {
        ASSERT_GT(answer.need[1], known);
        known = answer.need[1];
        ASSERT_LE(known, server.size());
        continue;
      }
      ASSERT_EQ(verdict, Verdict::kDone);
      EXPECT_EQ(facts(told.front()).at("cert_serial"), kCertificateSerial);
      EXPECT_LE(known, record(kServer12).size() + records(certificates(0), size).size()) << size;
    }
  }
}

TEST(Tls, MakesDoWithoutTheCertificate) {
  const Bytes server = record(kServer12) + record(certificates(0));
  for (std::size_t size = record(kServer12).size(); size < server.size(); size++) {
    const Bytes cut(server.begin(), server.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(decode(record(kClientMessage), cut).verdict(), Verdict::kMine) << size;
    const Decoded outcome = decode(record(kClientMessage), cut, true);
    ASSERT_EQ(outcome.verdict(), Verdict::kDone) << size;
    EXPECT_EQ(facts(outcome.handshake()),
              facts(decode(record(kClientMessage), record(kServer12), true).handshake()));
  }
}

// RFC 5246 §7.3 and RFC 5077 §3.1: a resumed session shows no certificate.
TEST(Tls, WaitsForNoCertificateOfAResumedSession) {
  EXPECT_EQ(decode(record(kClientMessage), record(kServer12) + kChangeCipherSpec).verdict(), Verdict::kDone);
  EXPECT_EQ(decode(record(kClientMessage), record(kServer12 + message(kTicket, Bytes(90, 1)))).verdict(),
            Verdict::kDone);
  EXPECT_EQ(decode(record(kClientMessage), record(kServer12) + record({2, 40}, 21)).verdict(),
            Verdict::kDone);
  EXPECT_EQ(decode(record(kClientMessage), record(kServer12)).verdict(), Verdict::kMine);
}

TEST(Tls, SaysWhereAHelloHasAnEncryptedOneInside) {
  const auto outer = [](std::uint8_t type) {
    const Bytes extension = tls_extension(0xfe0d, Bytes{type} + Bytes(60, 9));
    return facts(
        decode(record(message(kClientHello, client_hello({.extensions = extension}))), {}, true).handshake());
  };
  EXPECT_EQ(outer(0).at("ech"), "1");
  EXPECT_FALSE(outer(1).contains("ech"));
}

TEST(Tls, TellsSsl2) {
  const Bytes ciphers = {0x01, 0x00, 0x80};
  const Bytes body = Bytes{1} + be16(2) + be16(3) + be16(0) + be16(16) + ciphers + Bytes(16, 0x55);
  const Decoded outcome = decode(be16(0x8000 | body.size()) + body, {}, true);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()),
            (std::map<std::string_view, std::string>{{"offered_versions", "SSL 2.0"}}));
}

}  // namespace
}  // namespace vedette
