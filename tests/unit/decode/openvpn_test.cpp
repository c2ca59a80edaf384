#include "decode/openvpn.h"

#include <gtest/gtest.h>

#include "cuts.h"
#include "openssl_hello.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kOurs = text("CLIENTID"), kTheirs = text("SERVERID");

// An HMAC of so many bytes with packet number and time; none with 0.
Bytes protection(std::size_t hmac) {
  return hmac == 0 ? Bytes{} : Bytes(hmac, 0xa7) + be32(1) + be32(0x65000000);
}

Bytes client(std::size_t hmac = 0) {
  return Bytes{0x38} + kOurs + protection(hmac) + zeros(5);
}

Bytes server(std::size_t hmac = 0, const Bytes& named = kOurs) {
  return Bytes{0x40} + kTheirs + protection(hmac) + Bytes{1} + be32(0) + named + be32(0);
}

Bytes framed(const Bytes& packet) {
  return be16(packet.size()) + packet;
}

std::string wrapping(const Decoded& outcome) {
  return outcome.handshake().app == "openvpn" ? facts(outcome.handshake()).at("wrapping") : "-";
}

Decoded decode(const std::vector<Datagram>& datagrams, bool ended = false) {
  return decode_datagrams(decode_openvpn_udp, datagrams, {}, ended);
}

TEST(Openvpn, IsToldByAServerThatNamesTheClientsSession) {
  EXPECT_EQ(decode({{0, client()}, {1, server()}}).verdict(), Verdict::kMine);
  EXPECT_EQ(wrapping(decode({{0, client()}, {1, server()}}, true)), "none");
  for (const std::size_t hmac : {16U, 20U, 32U, 64U})
    EXPECT_EQ(wrapping(decode({{1, client(hmac)}, {0, server(hmac)}}, true)), "tls-auth") << hmac;
  EXPECT_EQ(decode({{0, client()}, {1, server(0, text("STRANGER"))}}).verdict(), Verdict::kUndecided);
}

TEST(Openvpn, TellsTlsCryptByLengths) {
  const Bytes ours = Bytes{0x38} + kOurs + be32(1) + be32(0x65000000) + Bytes(37, 0xc3);
  const Bytes theirs = Bytes{0x40} + kTheirs + be32(1) + be32(0x65000000) + Bytes(49, 0xc3);
  EXPECT_EQ(wrapping(decode({{0, ours}, {1, theirs}})), "tls-crypt");
  EXPECT_EQ(decode({{0, ours}, {1, theirs + zeros(1)}}, true).verdict(), Verdict::kNotMine);
}

TEST(Openvpn, TellsAResetThatNobodyAnswersAtTheEnd) {
  EXPECT_EQ(decode({{0, client(20)}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(wrapping(decode({{0, client(20)}, {0, client(20)}}, true)), "tls-auth");
}

TEST(Openvpn, ReadsFramesOverTcp) {
  EXPECT_EQ(wrapping(decode_stream(decode_openvpn_tcp, framed(client(20)), framed(server(20)), true)),
            "tls-auth");
  EXPECT_EQ(
      decode_stream(decode_openvpn_tcp, framed(client()), framed(text("something else here"))).verdict(),
      Verdict::kNotMine);
  expect_sound_at_every_cut(decode_openvpn_tcp, framed(client(20)), framed(server(20)));
  expect_no_claim_of_others(decode_openvpn_tcp);
}

// A piece of the control channel that acknowledges one of the other side's.
Bytes control(const Bytes& session, const Bytes& other, std::size_t hmac, std::uint32_t number,
              const Bytes& piece) {
  return Bytes{0x20} + session + protection(hmac) + Bytes{1} + be32(0) + other + be32(number) + piece;
}

TEST(Openvpn, TellsTheTlsWithinItsControlChannel) {
  const Bytes hello(std::begin(kOpensslHello), std::end(kOpensslHello));
  const Bytes first(hello.begin(), hello.begin() + 50), second(hello.begin() + 50, hello.end());
  for (const std::size_t hmac : {0U, 20U}) {
    const Bytes begin = control(kOurs, kTheirs, hmac, 1, first),
                rest = control(kOurs, kTheirs, hmac, 2, second);
    const std::vector<Datagram> datagrams = {
        {0, client(hmac)}, {1, server(hmac)}, {0, rest}, {0, begin}, {0, begin}};
    EXPECT_EQ(decode(datagrams).verdict(), Verdict::kMine);
    const Decoded outcome = decode(datagrams, true);
    ASSERT_EQ(outcome.handshakes.size(), 2U) << hmac;
    EXPECT_EQ(outcome.handshakes[0].app, "openvpn");
    EXPECT_EQ(outcome.handshakes[1].app, "tls");
    EXPECT_EQ(facts(outcome.handshakes[1]).count("ja3"), 1U);
    const Bytes stream = framed(client(hmac)) + framed(begin) + framed(rest);
    const Decoded over_tcp = decode_stream(decode_openvpn_tcp, stream, framed(server(hmac)), true);
    ASSERT_EQ(over_tcp.handshakes.size(), 2U) << hmac;
    EXPECT_EQ(facts(over_tcp.handshakes[1]), facts(outcome.handshakes[1]));
  }
}

TEST(Openvpn, TellsNoTlsThatHasAGapOrIsEncrypted) {
  const Bytes hello(std::begin(kOpensslHello), std::end(kOpensslHello));
  const Decoded gap = decode(
      {{0, client()}, {1, server()}, {0, control(kOurs, kTheirs, 0, 2, hello)}, {0, Bytes{0x20, 1, 2}}},
      true);
  ASSERT_EQ(gap.handshakes.size(), 1U);
  EXPECT_EQ(wrapping(gap), "none");
}

// P_DATA_V2 under an AEAD cipher.
Bytes data(std::size_t number, std::uint8_t peer = 3) {
  return Bytes{0x48, 0, 0, peer} + be32(number) + Bytes(60, 0xa7);
}

TEST(Openvpn, IsToldByTheNumbersOfItsDataOnItsPort) {
  constexpr std::array<std::uint16_t, 2> kPorts = {40000, 1194};
  const std::vector<Datagram> run = {
      {1, data(70)}, {0, data(9)}, {1, data(71)}, {1, data(74)}, {1, data(75)}};
  const Decoded outcome = decode_datagrams(decode_openvpn_udp, run, kPorts);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "openvpn");
  EXPECT_TRUE(outcome.handshake().facts.empty());
  EXPECT_EQ(decode_datagrams(decode_openvpn_udp, run).verdict(), Verdict::kNotMine);
  const std::vector<Datagram> three(run.begin(), run.end() - 1);
  EXPECT_EQ(decode_datagrams(decode_openvpn_udp, three, kPorts).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode_datagrams(decode_openvpn_udp, three, kPorts, true).verdict(), Verdict::kNotMine);
  for (const Bytes& other : {data(75, 4), data(74), data(91), text("8 but text"), Bytes{0x48, 0, 0, 3}})
    EXPECT_EQ(decode_datagrams(decode_openvpn_udp, {{1, data(72)}, {1, data(73)}, {1, data(74)}, {1, other}},
                               kPorts)
                  .verdict(),
              Verdict::kNotMine);
}

TEST(Openvpn, LetsGoOfOthersAtTheFirstDatagram) {
  for (const Bytes& other :
       {text("8 but text, and long enough for a reset"), zeros(14), Bytes{0x38}, Bytes(42, 0x38)})
    EXPECT_EQ(decode({{0, other}}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
