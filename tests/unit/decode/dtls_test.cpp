#include "decode/dtls.h"

#include <gtest/gtest.h>

#include <map>

#include "decode/ja3.h"
#include "decode/ja4.h"
#include "decode/tls_hello.h"
#include "decoding.h"
#include "dtls_builder.h"
#include "openssl_certificate.h"

namespace vedette {
namespace {

using namespace tests;

enum : std::uint8_t {
  kClientHello = 1,
  kServerHello = 2,
  kVerify = 3,
  kCertificateType = 11,
  kKeyExchange = 12
};
enum : std::uint8_t { kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23 };

const Bytes kSrtpOffer = tls_extension(14, vector16(be16(7) + be16(1)) + Bytes{0});
const ClientHelloSays kClient12{.version = 0xfefd,
                                .ciphers = {0xc02b, 0xc02f},
                                .extensions = server_name("example.org") + alpn({"webrtc"}) + kSrtpOffer};
const Bytes kClientBody = dtls_client_hello(kClient12);
const Bytes kClient = dtls_record(dtls_message(kClientHello, 0, kClientBody), kHandshake, 0, 0xfeff);
const Bytes kServerBody = server_hello(
    {.version = 0xfefd, .cipher = 0xc02b, .extensions = tls_extension(14, vector16(be16(7)) + Bytes{0})});
const Bytes kChain = be24(3 + std::size(kCertificate)) + be24(std::size(kCertificate)) +
                     Bytes(std::begin(kCertificate), std::end(kCertificate));
const Bytes kServerFlight = dtls_record(dtls_message(kServerHello, 0, kServerBody)) +
                            dtls_record(dtls_message(kCertificateType, 1, kChain));
// RFC 8489 §5: a binding request without attributes.
const Bytes kStun = be16(1) + be16(0) + be32(0x2112a442) + Bytes(12, 7);

Decoded decode(const std::vector<Datagram>& datagrams, bool ended = false) {
  return decode_datagrams(decode_dtls, datagrams, {}, ended);
}

TEST(Dtls, TellsBothSides) {
  const Decoded outcome = decode({{0, kClient}, {1, kServerFlight}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "dtls");
  EXPECT_EQ(outcome.handshake().app_version, "1.2");
  const ClientHello client = *parse_client_hello(kClientBody, HelloTransport::kDatagrams);
  const ServerHello server = *parse_server_hello(kServerBody, HelloTransport::kDatagrams);
  auto told = facts(outcome.handshake());
  EXPECT_EQ(told.at("cert_sha256"), kCertificateSha256);
  std::erase_if(told, [](const auto& fact) { return fact.first.starts_with("cert_"); });
  const std::map<std::string_view, std::string> expected = {
      {"offered_versions", "1.2"},
      {"chosen_version", "1.2"},
      {"sni", "example.org"},
      {"alpn", "webrtc"},
      {"srtp_profiles", "SRTP_AEAD_AES_128_GCM SRTP_AES128_CM_HMAC_SHA1_80"},
      {"chosen_srtp_profile", "SRTP_AEAD_AES_128_GCM"},
      {"cipher", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
      {"ja3", ja3(client)},
      {"ja3s", ja3s(server)},
      {"ja4", ja4(client, Ja4Transport::kDtls)}};
  EXPECT_EQ(told, expected);
  EXPECT_TRUE(expected.at("ja4").starts_with("dd2d0203wc_"));
}

TEST(Dtls, KnowsClientAndServerByWhatTheySay) {
  EXPECT_EQ(decode({{1, kClient}, {0, kServerFlight}}).handshake(),
            decode({{0, kClient}, {1, kServerFlight}}).handshake());
}

TEST(Dtls, TellsAHelloThatIsSentAgainWithACookieOnce) {
  const Bytes verify = dtls_record(dtls_message(kVerify, 0, be16(0xfeff) + vector8(Bytes(20, 9))));
  const Bytes again = dtls_record(dtls_message(kClientHello, 1, dtls_client_hello(kClient12, Bytes(20, 9))));
  EXPECT_EQ(decode({{0, kClient}, {1, verify}}).verdict(), Verdict::kMine);
  EXPECT_EQ(decode({{0, kClient}, {1, verify}}, true).handshake().app_version, "");
  const Bytes flight = dtls_record(dtls_message(kServerHello, 1, kServerBody)) +
                       dtls_record(dtls_message(kCertificateType, 2, kChain));
  const Decoded outcome = decode({{0, kClient}, {1, verify}, {0, again}, {1, flight}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake(), decode({{0, kClient}, {1, kServerFlight}}).handshake());
}

TEST(Dtls, PutsFragmentsTogetherInAnyOrder) {
  for (const std::size_t size : {1, 7, 40, 100}) {
    std::vector<Datagram> datagrams;
    for (std::size_t at = 0; at < kClientBody.size(); at += size)
      datagrams.insert(datagrams.begin(),  // the last one first
                       {0, dtls_record(dtls_fragment(kClientHello, 0, kClientBody, at,
                                                     std::min(size, kClientBody.size() - at)))});
    datagrams.push_back({1, kServerFlight});
    EXPECT_EQ(facts(decode(datagrams).handshake()),
              facts(decode({{0, kClient}, {1, kServerFlight}}).handshake()))
        << size;
  }
}

TEST(Dtls, PutsFragmentsTogetherThatOverlapOrCameTwice) {
  const auto part = [](std::size_t at, std::size_t size) {
    return Datagram{0, dtls_record(dtls_fragment(kClientHello, 0, kClientBody, at, size))};
  };
  const std::size_t all = kClientBody.size();
  const Decoded outcome =
      decode({part(0, 50), part(0, 50), part(20, 20), part(30, all - 30), {1, kServerFlight}});
  EXPECT_EQ(facts(outcome.handshake()).at("ja3"),
            ja3(*parse_client_hello(kClientBody, HelloTransport::kDatagrams)));
}

TEST(Dtls, WaitsForTheCertificateOverDatagrams) {
  const Bytes first = dtls_record(dtls_message(kServerHello, 0, kServerBody)) +
                      dtls_record(dtls_fragment(kCertificateType, 1, kChain, 0, 300));
  const Bytes second = dtls_record(dtls_fragment(kCertificateType, 1, kChain, 300, kChain.size() - 300));
  const Decoded waiting = decode({{0, kClient}, {1, first}});
  EXPECT_EQ(waiting.verdict(), Verdict::kMine);
  EXPECT_EQ(waiting.answer.need, (std::array<std::size_t, 2>{0, first.size() + 1}));
  EXPECT_EQ(decode({{0, kClient}, {1, first}}, true).handshake().app_version, "1.2");
  EXPECT_EQ(facts(decode({{0, kClient}, {1, first}, {1, second}}).handshake()).at("cert_serial"),
            kCertificateSerial);
}

TEST(Dtls, WaitsForNoCertificateWhereNoneComes) {
  const Bytes hello = dtls_record(dtls_message(kServerHello, 0, kServerBody));
  EXPECT_EQ(decode({{0, kClient}, {1, hello}}).verdict(), Verdict::kMine);
  EXPECT_EQ(decode({{0, kClient}, {1, hello + dtls_record({1}, kChangeCipherSpec)}}).verdict(),
            Verdict::kDone);
  EXPECT_EQ(
      decode({{0, kClient}, {1, hello + dtls_record(dtls_message(kKeyExchange, 1, Bytes(50, 1)))}}).verdict(),
      Verdict::kDone);
}

TEST(Dtls, TellsDtls13WithoutWaitingForACertificate) {
  const ClientHelloSays says{.version = 0xfefd, .extensions = supported_versions({0xfefc, 0xfefd})};
  const Bytes client = dtls_record(dtls_message(kClientHello, 0, dtls_client_hello(says)));
  const auto server = [](std::uint16_t sequence, const Bytes& random) {
    return dtls_record(dtls_message(
        kServerHello, sequence,
        server_hello({.version = 0xfefd, .extensions = selected_version(0xfefc), .random = random})));
  };
  EXPECT_EQ(decode({{0, client}, {1, server(0, retry_random())}}).verdict(), Verdict::kMine);
  const Decoded outcome = decode({{0, client}, {1, server(0, retry_random())}, {1, server(1, Bytes(32, 5))}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app_version, "1.3");
  EXPECT_EQ(facts(outcome.handshake()).at("offered_versions"), "1.3 1.2");
  EXPECT_TRUE(facts(outcome.handshake()).at("ja4").starts_with("dd3i"));
}

TEST(Dtls, TellsOlderVersions) {
  for (const auto& [version, name] : {std::pair(0xfeff, "1.0"), {0x0100, "1.0-openssl"}}) {
    const auto number = static_cast<std::uint16_t>(version);
    const Bytes client =
        dtls_message(kClientHello, 0, dtls_client_hello({.version = number, .any_extensions = false}));
    const Bytes server = dtls_message(kServerHello, 0, server_hello({.version = number}));
    const Decoded outcome = decode(
        {{0, dtls_record(client, kHandshake, 0, number)}, {1, dtls_record(server, kHandshake, 0, number)}},
        true);
    EXPECT_EQ(outcome.handshake().app_version, name);
    EXPECT_EQ(facts(outcome.handshake()).at("offered_versions"), name);
  }
}

TEST(Dtls, PassesOverStunAndLooksIntoChannelData) {
  const auto in_channel = [](const Bytes& inside) { return be16(0x4001) + vector16(inside) + Bytes(3, 0); };
  const Decoded plain = decode({{0, kStun}, {1, kStun}, {0, kClient}, {0, kStun}, {1, kServerFlight}});
  ASSERT_EQ(plain.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(plain.handshake()).at("sni"), "example.org");
  const Decoded relayed = decode({{0, kStun}, {0, in_channel(kClient)}, {1, in_channel(kServerFlight)}});
  ASSERT_EQ(relayed.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(relayed.handshake()), facts(plain.handshake()));
  EXPECT_EQ(decode({{0, kStun}, {1, kStun}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({{0, kStun}, {1, kStun}}, true).verdict(), Verdict::kNotMine);
}

TEST(Dtls, TellsTheVersionOfAConnectionFromItsMiddle) {
  const Decoded outcome = decode({{0, dtls_record(Bytes(40, 9), kApplicationData, 1)}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app_version, "1.2");
  EXPECT_EQ(facts(outcome.handshake()), (std::map<std::string_view, std::string>{{"chosen_version", "1.2"}}));
}

// A damaged datagram says nothing, but the next one may.
TEST(Dtls, PassesOverADatagramThatEndsInSomethingElse) {
  const Bytes damaged = dtls_record(Bytes(20, 1), kApplicationData, 1) + Bytes{1};
  EXPECT_EQ(decode({{0, damaged}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({{0, damaged}}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(facts(decode({{0, damaged}, {0, kClient}}, true).handshake()).at("sni"), "example.org");
}

TEST(Dtls, TellsTheClientAloneWhereTheServerRefuses) {
  const Decoded outcome = decode({{0, kClient}, {1, dtls_record({2, 40}, kAlert)}});
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("sni"), "example.org");
}

// Whatever a datagram is cut to, nothing that it doesn't say is told.
TEST(Dtls, TellsOfADatagramThatWasCutWhatIsThere) {
  const auto whole = facts(decode({{0, kClient}}, true).handshake());
  for (std::size_t size = 1; size < kClient.size(); size++) {
    const Bytes cut(kClient.begin(), kClient.begin() + static_cast<std::ptrdiff_t>(size));
    const Arrival arrival{.end = static_cast<std::uint32_t>(size), .cut = true, .time = {}};
    Handshakes handshakes;
    const Answer answer = decode_dtls(
        {.bytes = {std::span(cut), {}}, .arrivals = {std::span(&arrival, 1), {}}, .ended = {true, true}},
        handshakes);
    if (answer.verdict == Verdict::kNotMine) continue;
    ASSERT_EQ(answer.verdict, Verdict::kDone) << size;
    for (const auto& [name, value] : facts(handshakes.front())) {
      if (name == "srtp_profiles" || name == "alpn") continue;
      EXPECT_EQ(value, whole.at(name)) << size;
    }
    EXPECT_FALSE(facts(handshakes.front()).contains("ja3")) << size;
  }
  EXPECT_EQ(decode({{0, Bytes(kClient.begin(), kClient.end() - 1)}}).verdict(), Verdict::kNotMine);
}

TEST(Dtls, IsNotWhatOthersSpeak) {
  for (const Bytes& other :
       {text("\x16\xfe"), Bytes(200, 0x80), Bytes(20, 0), dtls_record(Bytes(20, 1), kHandshake, 0, 0x0303),
        dtls_record(Bytes(20, 1), 25, 1)})
    EXPECT_EQ(decode({{0, other}}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({}, true).verdict(), Verdict::kNotMine);
}

// Fragments that claim a message of 16 MiB cost no more than they carry.
TEST(Dtls, HoldsNoMoreThanItIsSent) {
  const Bytes far = Bytes{kClientHello} + be24(0xffffff) + be16(0) + be24(0xfffff0) + be24(4) + Bytes(4, 1);
  const Bytes near = Bytes{kClientHello} + be24(0xffffff) + be16(0) + be24(0) + be24(4) + Bytes(4, 1);
  EXPECT_EQ(decode({{0, dtls_record(far + near)}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({{0, dtls_record(far + near)}}, true).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
