#include "decode/openvpn.h"

#include <gtest/gtest.h>

#include "cuts.h"

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
  EXPECT_EQ(wrapping(decode({{0, client()}, {1, server()}})), "none");
  for (const std::size_t hmac : {16U, 20U, 32U, 64U})
    EXPECT_EQ(wrapping(decode({{1, client(hmac)}, {0, server(hmac)}})), "tls-auth") << hmac;
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
  EXPECT_EQ(wrapping(decode_stream(decode_openvpn_tcp, framed(client(20)), framed(server(20)))), "tls-auth");
  EXPECT_EQ(
      decode_stream(decode_openvpn_tcp, framed(client()), framed(text("something else here"))).verdict(),
      Verdict::kNotMine);
  expect_sound_at_every_cut(decode_openvpn_tcp, framed(client(20)), framed(server(20)));
  expect_no_claim_of_others(decode_openvpn_tcp);
}

TEST(Openvpn, LetsGoOfOthersAtTheFirstDatagram) {
  for (const Bytes& other :
       {text("8 but text, and long enough for a reset"), zeros(14), Bytes{0x38}, Bytes(42, 0x38)})
    EXPECT_EQ(decode({{0, other}}).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
