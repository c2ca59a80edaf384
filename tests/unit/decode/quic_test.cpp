#include "decode/quic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "decode/ja3.h"
#include "decode/ja4.h"
#include "decode/tls_hello.h"
#include "decoding.h"
#include "quic_builder.h"

namespace vedette {
namespace {

using namespace tests;

const ClientHelloSays kClientSays{
    .ciphers = {0x1301, 0x1302},
    .extensions = server_name("example.org") + alpn({"h3"}) + supported_versions({0x0304})};
const Bytes kHello = message(1, client_hello(kClientSays));
const Bytes kServerHello =
    message(2, server_hello({.cipher = 0x1302, .extensions = selected_version(0x0304)}));
const Bytes kHelloRetry = message(
    2, server_hello({.cipher = 0x1302, .extensions = selected_version(0x0304), .random = retry_random()}));

const InitialSays kClient{.source = {0xc1, 0xc2}};
const InitialSays kServer = answer_to(kClient);
const Bytes kClientPacket = initial(kClient, crypto(0, kHello));
const Bytes kServerPacket = initial(kServer, Bytes{2, 0, 0, 0, 0} + crypto(0, kServerHello));
const Bytes kShortPacket = Bytes{0x52, 0xc1, 0xc2} + Bytes(60, 0xee);

Decoded decode(const std::vector<Datagram>& datagrams, bool ended = false,
               std::array<std::uint16_t, 2> ports = {}) {
  return decode_datagrams(decode_quic, datagrams, ports, ended);
}

std::map<std::string_view, std::string> told(const std::vector<Datagram>& datagrams) {
  const Decoded decoded = decode(datagrams, true);
  EXPECT_EQ(decoded.verdict(), Verdict::kDone);
  return facts(decoded.handshake());
}

TEST(Quic, TellsBothSidesOfTheSamplesOfVersion1) {
  const Decoded decoded =
      decode({{0, from_hex(kSampleClientVersion1)}, {1, from_hex(kSampleServerVersion1)}});
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app, "quic");
  EXPECT_EQ(decoded.handshake().app_version, "v1");
  const Bytes client = from_hex(kSampleClientFrames), server = from_hex(kSampleServerFrames);
  // Behind the frame's header and the message's; the server's stands behind an acknowledgement of five bytes.
  const auto client_said = *parse_client_hello(std::span(client).subspan(8));
  const auto server_said = *parse_server_hello(std::span(server).subspan(13));
  const std::map<std::string_view, std::string> expected = {{"offered_versions", "1.3"},
                                                            {"chosen_version", "1.3"},
                                                            {"sni", "example.com"},
                                                            {"alpn", "alpn"},
                                                            {"cipher", "TLS_AES_128_GCM_SHA256"},
                                                            {"ja3", ja3(client_said)},
                                                            {"ja3s", ja3s(server_said)},
                                                            {"ja4", ja4(client_said, Ja4Transport::kQuic)},
                                                            {"quic_version", "1"}};
  EXPECT_EQ(facts(decoded.handshake()), expected);
}

TEST(Quic, TellsTheSamplesOfVersion2) {
  const Decoded decoded =
      decode({{0, from_hex(kSampleClientVersion2)}, {1, from_hex(kSampleServerVersion2)}});
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app_version, "v2");
  auto version1 = told({{0, from_hex(kSampleClientVersion1)}, {1, from_hex(kSampleServerVersion1)}});
  version1["quic_version"] = std::to_string(kQuic2);
  EXPECT_EQ(facts(decoded.handshake()), version1);
}

TEST(Quic, KnowsClientAndServerByWhatTheySay) {
  EXPECT_EQ(decode({{1, kClientPacket}, {0, kServerPacket}}).handshake(),
            decode({{0, kClientPacket}, {1, kServerPacket}}).handshake());
  EXPECT_EQ(decode({{0, kServerPacket}, {1, kClientPacket}}).handshake(),
            decode({{1, kServerPacket}, {0, kClientPacket}}).handshake());
}

TEST(Quic, WaitsForTheServerAndMakesDoWithoutIt) {
  const Decoded waiting = decode({{0, kClientPacket}});
  EXPECT_EQ(waiting.verdict(), Verdict::kMine);
  EXPECT_EQ(waiting.answer.need, (std::array<std::size_t, 2>{0, 1}));
  const auto client_alone = told({{0, kClientPacket}});
  EXPECT_EQ(client_alone.at("sni"), "example.org");
  EXPECT_FALSE(client_alone.contains("cipher"));
  EXPECT_EQ(told({{0, kClientPacket}, {1, kServerPacket}}).at("cipher"), "TLS_AES_256_GCM_SHA384");
}

// As Chrome sends it: in pieces of any size, in any order, PING and PADDING between them.
TEST(Quic, ReadsAHelloOverSeveralPacketsInAnyOrder) {
  const Bytes large = message(
      1, client_hello({.ciphers = {0x1301},
                       .extensions = server_name("example.org") + tls_extension(51, Bytes(2200, 0x4b)) +
                                     supported_versions({0x0304})}));
  InitialSays says = kClient;
  std::vector<Datagram> datagrams;
  const Bytes between = Bytes{1} + zeros(3);
  for (const std::size_t begin : {std::size_t{1600}, std::size_t{0}, std::size_t{800}}) {
    says.number++;
    datagrams.push_back(
        {0, initial(says, crypto_part(large, begin + 400, std::min(begin + 800, large.size())) + between +
                              crypto_part(large, begin, begin + 400) + between)});
  }
  std::ranges::sort(datagrams, {}, &Datagram::bytes);
  do {
    EXPECT_EQ(decode({datagrams[0], datagrams[1]}).verdict(), Verdict::kMine);
    EXPECT_EQ(told(datagrams).at("sni"), "example.org");
    EXPECT_EQ(told(datagrams).at("ja4"),
              ja4(*parse_client_hello(std::span(large).subspan(4)), Ja4Transport::kQuic));
  } while (std::ranges::next_permutation(datagrams, {}, &Datagram::bytes).found);
}

TEST(Quic, ReadsPacketsThatShareADatagram) {
  InitialSays second = kClient;
  second.number = 1;
  const Bytes both = initial(kClient, crypto_part(kHello, 60, kHello.size()), 0) +
                     initial(second, crypto_part(kHello, 0, 60), 900);
  const Bytes server =
      initial(kServer, crypto(0, kServerHello), 0) + sealed_packet(0xe0, kServer) + kShortPacket;
  EXPECT_EQ(told({{0, both}, {1, server}}), told({{0, kClientPacket}, {1, kServerPacket}}));
}

TEST(Quic, PassesOverPacketsThatItCannotRead) {
  EXPECT_EQ(told({{0, sealed_packet(0xd0, kClient)},
                  {0, kClientPacket},
                  {1, sealed_packet(0xe0, kServer)},
                  {1, kShortPacket},
                  {1, kServerPacket}}),
            told({{0, kClientPacket}, {1, kServerPacket}}));
}

TEST(Quic, FollowsARetry) {
  InitialSays again = kClient;
  again.first_id = again.destination = {0x99, 0x98, 0x97, 0x96};
  again.token = text("token");
  again.number = 1;
  const std::vector<Datagram> datagrams = {{0, kClientPacket},
                                           {1, retry(kClient, again.destination)},
                                           {0, initial(again, crypto(0, kHello))},
                                           {1, initial(answer_to(again), crypto(0, kServerHello))}};
  EXPECT_EQ(told(datagrams), told({{0, kClientPacket}, {1, kServerPacket}}));
  EXPECT_EQ(decode({datagrams[0], datagrams[1]}).verdict(), Verdict::kMine);
  // The client's first packet needn't have been seen.
  EXPECT_EQ(told({datagrams[1], datagrams[2], datagrams[3]}), told(datagrams));
}

TEST(Quic, TellsTheVersionThatANegotiationLedTo) {
  InitialSays forcing = kClient;
  forcing.version = 0x3a4a5a6a;
  const std::vector<Datagram> datagrams = {{0, initial(forcing, crypto(0, kHello))},
                                           {1, version_negotiation(forcing, {kQuic2, 0x9aaaaaaa, kQuic1})},
                                           {0, kClientPacket},
                                           {1, kServerPacket}};
  EXPECT_EQ(decode({datagrams[0], datagrams[1]}).verdict(), Verdict::kMine);
  const Decoded decoded = decode(datagrams);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app_version, "v1");
  EXPECT_EQ(facts(decoded.handshake()).at("server_quic_versions"), "v2 0x9aaaaaaa v1");
  EXPECT_EQ(facts(decoded.handshake()).at("cipher"), "TLS_AES_256_GCM_SHA384");
}

TEST(Quic, TellsTheHelloBehindANegotiationWhereTheServerIsNotReadable) {
  InitialSays older = kClient;
  older.version = 0xff00001d;
  older.salt = "afbfec289993d24c9e9786f19c6111e04390a899";
  const Bytes hello = message(1, client_hello({.extensions = server_name("older.example")}));
  EXPECT_EQ(told({{0, initial(older, crypto(0, hello))},
                  {1, version_negotiation(older, {kQuic1})},
                  {0, kClientPacket}})
                .at("sni"),
            "example.org");
}

TEST(Quic, WaitsForAServerHelloNoLongerThanEightDatagrams) {
  std::vector<Datagram> datagrams = {{0, kClientPacket}};
  for (int i = 0; i < 8; i++) {
    EXPECT_EQ(decode(datagrams).verdict(), Verdict::kMine) << i;
    datagrams.push_back({1, kShortPacket});
  }
  EXPECT_EQ(decode(datagrams).verdict(), Verdict::kDone);
}

// RFC 9000 §15: nobody speaks it.
TEST(Quic, TellsNoVersionWhereOnlyAReservedOneWasTried) {
  InitialSays forcing = kClient;
  forcing.version = 0x0a0a0a0a;
  const Decoded decoded = decode({{0, initial(forcing, crypto(0, kHello))}}, true);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app_version, "");
  EXPECT_EQ(facts(decoded.handshake()).at("sni"), "example.org");
  EXPECT_EQ(facts(decoded.handshake()).at("quic_version"), std::to_string(0x0a0a0a0a));
}

// RFC 9369 §4: the server answers in another version, with keys of the same ID.
TEST(Quic, TellsTheVersionThatTheServerWentOnIn) {
  const InitialSays upgraded = version2(kServer);
  const Decoded decoded = decode({{0, kClientPacket}, {1, initial(upgraded, crypto(0, kServerHello))}});
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app_version, "v2");
  EXPECT_EQ(facts(decoded.handshake()).at("cipher"), "TLS_AES_256_GCM_SHA384");
}

TEST(Quic, WaitsForTheServerHelloBehindAHelloRetryRequest) {
  const Bytes first = initial(kServer, crypto(0, kHelloRetry));
  InitialSays later = kServer;
  later.number = 1;
  const Bytes second = initial(later, crypto(kHelloRetry.size(), kServerHello));
  EXPECT_EQ(decode({{0, kClientPacket}, {1, first}}).verdict(), Verdict::kMine);
  EXPECT_EQ(told({{0, kClientPacket}, {1, first}}).at("cipher"), "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(told({{0, kClientPacket}, {1, first}, {1, second}}),
            told({{0, kClientPacket}, {1, kServerPacket}}));
}

TEST(Quic, TellsTheVersionWhereTheClientsFirstPacketIsMissing) {
  const Decoded decoded = decode({{1, kServerPacket + sealed_packet(0xe0, kServer)}}, true);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app_version, "v1");
  EXPECT_EQ(facts(decoded.handshake()).size(), 1U);  // quic_version
}

// Google's clients name themselves (transport parameter 0x3129); its length needs no more than one byte.
TEST(Quic, TellsTheUserAgentOfATransportParameter) {
  const Bytes agent = text("Chrome/120.0 Linux");
  const Bytes parameters = Bytes{0x01, 2, 0x45, 0x67} + be16(0x7129) + vector8(agent);
  const Bytes hello =
      message(1, client_hello({.extensions = tls_extension(57, parameters) + supported_versions({0x0304})}));
  EXPECT_EQ(told({{0, initial(kClient, crypto(0, hello))}}).at("user_agent"), "Chrome/120.0 Linux");
}

// Up to draft 26 the list of parameters had a length, and each number and length two bytes.
TEST(Quic, TellsTheUserAgentOfATransportParameterOfTheDrafts) {
  InitialSays draft = kClient;
  draft.version = 0xff000017;
  draft.salt = "c3eef712c72ebb5a11a7d2432bb46365bef9f502";
  const Bytes parameters =
      vector16(be16(1) + vector16({0, 0, 0, 9}) + be16(0x3129) + vector16(text("Chrome/80.0")));
  const Bytes hello = message(1, client_hello({.extensions = tls_extension(0xffa5, parameters)}));
  EXPECT_EQ(told({{0, initial(draft, crypto(0, hello))}}).at("user_agent"), "Chrome/80.0");
}

// An unknown version is QUIC where version 1's keys open it.
TEST(Quic, TellsAVersionThatHasNoName) {
  InitialSays unknown = kClient;
  unknown.version = 0x51474fff;
  EXPECT_EQ(decode({{0, initial(unknown, crypto(0, kHello))}}, true).handshake().app_version, "0x51474fff");
  unknown.salt = "0000000000000000000000000000000000000000";
  EXPECT_EQ(decode({{0, initial(unknown, crypto(0, kHello))}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({{0, initial(unknown, crypto(0, kHello))}}, true).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
