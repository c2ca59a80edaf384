// What is taken for QUIC and what is not: cut packets, short headers, hostile lengths, other protocols.
#include <gtest/gtest.h>

#include "decode/quic.h"
#include "decoding.h"
#include "quic_builder.h"

namespace vedette {
namespace {

using namespace tests;

const InitialSays kClient{.source = {0xc1, 0xc2, 0xc3, 0xc4}};
const Bytes kHello = message(1, client_hello({.extensions = server_name("example.org") + alpn({"h3"}) +
                                                            supported_versions({0x0304})}));
const Bytes kClientPacket = initial(kClient, crypto(0, kHello));
constexpr std::array<std::uint16_t, 2> kToHttps = {50000, 443};

Decoded decode(const std::vector<Datagram>& datagrams, bool ended = false,
               std::array<std::uint16_t, 2> ports = {}) {
  return decode_datagrams(decode_quic, datagrams, ports, ended);
}

// A single datagram, cut off by the capture.
Decoded decode_cut(const Bytes& bytes) {
  const Arrival arrival{.end = static_cast<std::uint32_t>(bytes.size()), .cut = true, .time = Nanoseconds(1)};
  Decoded decoded;
  decoded.answer = decode_quic({.bytes = {std::span(bytes), {}},
                                .arrivals = {std::span(&arrival, 1), {}},
                                .ended = {true, true},
                                .ports = {},
                                .now = Nanoseconds(1)},
                               decoded.handshakes);
  return decoded;
}

Bytes first_bytes(const Bytes& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST(QuicClaim, IsNoneOfADatagramThatEndsBeforeItsPacket) {
  for (std::size_t size = 1; size < kClientPacket.size(); size++)
    EXPECT_EQ(decode({{0, first_bytes(kClientPacket, size)}}).verdict(), Verdict::kNotMine) << size;
}

TEST(QuicClaim, TellsOfACutDatagramWhatIsThereAndNothingElse) {
  const auto whole = facts(decode({{0, kClientPacket}}, true).handshake());
  std::size_t named = 0;
  for (std::size_t size = 1; size < kClientPacket.size(); size++) {
    const Decoded decoded = decode_cut(first_bytes(kClientPacket, size));
    for (const auto& [name, value] : facts(decoded.handshake())) EXPECT_EQ(value, whole.at(name)) << size;
    EXPECT_EQ(decoded.handshake().app_version, decoded.verdict() == Verdict::kDone ? "v1" : "");
    named += facts(decoded.handshake()).contains("sni") ? 1 : 0;
  }
  EXPECT_GT(named, 900U);  // from the name's end on
}

TEST(QuicClaim, IsNoneOfACutDatagramThatItsKeysDoNotOpen) {
  InitialSays later = kClient;
  later.first_id = Bytes(8, 0x44);
  const Bytes sealed = initial(later, crypto(0, kHello));
  for (std::size_t size = 1; size < sealed.size(); size++)
    EXPECT_EQ(decode_cut(first_bytes(sealed, size)).verdict(), Verdict::kNotMine) << size;
}

TEST(QuicClaim, NeverTakesBackWhatItSaid) {
  std::vector<Datagram> datagrams;
  InitialSays says = kClient;
  for (std::size_t at = 0; at < kHello.size(); at += 20) {
    datagrams.push_back({0, initial(says, crypto_part(kHello, at, std::min(at + 20, kHello.size())))});
    says.number++;
    EXPECT_EQ(decode(datagrams).verdict(), Verdict::kMine);
  }
  EXPECT_EQ(facts(decode(datagrams, true).handshake()).at("sni"), "example.org");
}

// Of RFC 9000 §17.3's packets: the ID in clear, the rest as if it were random.
std::vector<Datagram> short_packets(std::size_t count, std::size_t id_size) {
  std::vector<Datagram> datagrams;
  for (std::size_t i = 0; i < count; i++) {
    const auto seed = static_cast<std::uint8_t>(i);
    datagrams.push_back({0, Bytes{static_cast<std::uint8_t>(0x40 | seed * 5 % 32)} + Bytes(id_size, 0x1d) +
                                Bytes{seed, 0x3b, seed} + Bytes(30, static_cast<std::uint8_t>(seed * 37))});
    datagrams.push_back({1, Bytes{static_cast<std::uint8_t>(0x40 | seed * 7 % 32)} +
                                Bytes(40, static_cast<std::uint8_t>(seed * 41))});
  }
  return datagrams;
}

TEST(QuicClaim, KnowsShortHeadersByTheIdThatEachNames) {
  for (const std::size_t id : {8, 16, 20}) {
    const Decoded decoded = decode(short_packets(4, id), false, kToHttps);
    ASSERT_EQ(decoded.verdict(), Verdict::kDone) << id;
    EXPECT_EQ(decoded.handshake().app, "quic");
    EXPECT_EQ(decoded.handshake().app_version, "");
  }
  EXPECT_EQ(decode(short_packets(3, 8), false, kToHttps).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode(short_packets(3, 8), true, kToHttps).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(short_packets(4, 4), true, kToHttps).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(short_packets(4, 8), true, {50000, 4433}).verdict(), Verdict::kNotMine);
}

TEST(QuicClaim, IsNoneOfWhatHasAnIdAndACounter) {
  std::vector<Datagram> datagrams;  // OpenVPN's P_DATA_V2: opcode, peer, packet number
  for (std::uint8_t i = 0; i < 8; i++)
    datagrams.push_back({0, Bytes{0x48, 0, 0, 1} + be32(i) + Bytes(80, i)});
  EXPECT_EQ(decode(datagrams, true, kToHttps).verdict(), Verdict::kNotMine);
  datagrams.clear();  // its P_CONTROL_HARD_RESET_CLIENT_V3, sent again and again
  for (std::uint8_t i = 0; i < 8; i++)
    datagrams.push_back(
        {0, Bytes{0x50} + Bytes(8, 0x77) + be32(0xabcd0000U + i * 0x01010101U) + Bytes(80, i)});
  EXPECT_EQ(decode(datagrams, true, kToHttps).verdict(), Verdict::kNotMine);
}

// Whoever opens a connection gives its keys away: an Initial that they don't open is not its first, or none
// at all.
TEST(QuicClaim, OfAnInitialThatItsKeysDoNotOpenNeedsAnAnswer) {
  InitialSays later = kClient;
  later.first_id = Bytes(8, 0x44);
  const Bytes sealed = initial(later, crypto(0, kHello));
  EXPECT_EQ(decode({{0, sealed}}).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode({{0, sealed}}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({{0, sealed}, {1, Bytes(60, 0x01)}}).verdict(), Verdict::kNotMine);
  InitialSays stranger = answer_to(later, later.destination);
  stranger.destination = {9, 9, 9, 9};
  stranger.source = {8, 8, 8, 8};
  EXPECT_EQ(decode({{0, sealed}, {1, initial(stranger, zeros(30))}}, true).verdict(), Verdict::kNotMine);
  const Decoded decoded =
      decode({{0, sealed}, {1, initial(answer_to(later, later.destination), zeros(30))}}, true);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app_version, "v1");
}

TEST(QuicClaim, IsNoneOfOtherProtocols) {
  const Bytes dns_with_version_1 =
      Bytes{0xc0, 0x00, 0x00, 0x00, 0x01} + zeros(7) + text("\7example\3org") + zeros(5);
  const Bytes stun = Bytes{0x00, 0x01, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42} + Bytes(20, 0x31);
  const Bytes rtp = Bytes{0x80, 0x60, 0x12, 0x34} + Bytes(168, 0x55);
  const Bytes wireguard = Bytes{0x01, 0, 0, 0} + Bytes(144, 0x66);
  const Bytes dtls = Bytes{0x16, 0xfe, 0xfd} + Bytes(100, 0x01);
  for (const Bytes& other : {dns_with_version_1, stun, rtp, wireguard, dtls, zeros(1200), Bytes(1200, 0xff)})
    EXPECT_EQ(decode({{0, other}}).verdict(), Verdict::kNotMine);
}

TEST(QuicClaim, IsNoneOfAPacketWithAnyPartOfItsHeaderWrong) {
  const Bytes good = sealed_packet(0xe0, kClient);
  EXPECT_EQ(decode({{0, good}}).verdict(), Verdict::kMine);
  Bytes no_fixed_bit = good, long_id = good, other_version = good;
  no_fixed_bit[0] = 0xa0;
  long_id[5] = 21;
  other_version[1] = 0x77;
  for (const Bytes& bad : {no_fixed_bit, long_id, other_version, good + Bytes{0xc3}})
    EXPECT_EQ(decode({{0, bad}}).verdict(), Verdict::kNotMine);
  InitialSays no_ids = kClient;
  no_ids.destination = no_ids.source = {};
  EXPECT_EQ(decode({{0, sealed_packet(0xe0, no_ids)}}).verdict(), Verdict::kNotMine);
}

TEST(QuicClaim, StandsAnyLength) {
  const Bytes header = Bytes{0xc0} + be32(1) + vector8(Bytes(8, 1)) + vector8({});
  const Bytes huge = long_varint(0x3fffffffffffffff);
  for (const Bytes& hostile : {header + huge + Bytes(40, 2), header + Bytes{0} + huge + Bytes(40, 2),
                               header + Bytes{0, 0} + Bytes(40, 2), header, header + Bytes{0xff}})
    EXPECT_EQ(decode({{0, hostile}}, true).verdict(), Verdict::kNotMine);
}

TEST(QuicClaim, OfAVersionNegotiationAloneIsSureByAKnownVersion) {
  const Decoded decoded = decode({{1, version_negotiation(kClient, {0x1a2a3a4a, kQuic1})}}, true);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(decoded.handshake()).at("server_quic_versions"), "0x1a2a3a4a v1");
  EXPECT_EQ(decode({{1, version_negotiation(kClient, {0x12345678})}}).verdict(), Verdict::kNotMine);
}

TEST(QuicClaim, TellsNoMoreThanTheFirstVersionsOfAList) {
  const Decoded decoded =
      decode({{1, version_negotiation(kClient, std::vector<std::uint32_t>(300, kQuic1))}}, true);
  const HandshakeFact list = decoded.handshake().facts.back();
  EXPECT_EQ(list.name, "server_quic_versions");
  EXPECT_EQ(list.list.size(), 32U);
}

}  // namespace
}  // namespace vedette
