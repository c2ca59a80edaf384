// Google's QUIC: packets built after "QUIC Wire Layout Specification" and "QUIC Crypto".
#include "decode/gquic.h"

#include <gtest/gtest.h>

#include "decode/quic.h"
#include "decoding.h"
#include "quic_builder.h"

namespace vedette {
namespace {

using namespace tests;

Bytes little32(std::size_t value) {
  Bytes bytes = be32(value);
  return {bytes.rbegin(), bytes.rend()};
}

struct TagSays {
  std::string_view tag;
  Bytes value;
};

// Tags must stand in the order of their little-endian numbers.
Bytes gquic_message(std::string_view name, const std::vector<TagSays>& tags) {
  Bytes table, values;
  for (const auto& [tag, value] : tags) {
    values = values + value;
    table = table + text(tag) + little32(values.size());
  }
  return text(name) + Bytes{static_cast<std::uint8_t>(tags.size()), 0, 0, 0} + table + values;
}

const Bytes kChlo = gquic_message("CHLO", {{std::string_view("PAD\0", 4), Bytes(700, '-')},
                                           {std::string_view("SNI\0", 4), text("www.example.org")},
                                           {std::string_view("VER\0", 4), text("Q043")},
                                           {"UAID", text("Chrome/70.0 Linux x86_64")},
                                           {"PDMD", text("X509")}});
const Bytes kRej =
    gquic_message(std::string_view("REJ\0", 4), {{std::string_view("STK\0", 4), Bytes(56, 0x11)}});
const Bytes kId8 = {1, 2, 3, 4, 5, 6, 7, 8};
const Bytes kHash = Bytes(12, 0xf1);

// A STREAM frame of stream 1 with a length, big-endian as from Q039 on, behind an acknowledgement.
Bytes stream_frame(const Bytes& data) {
  return Bytes{0x40, 1, 0, 0, 1, 0} + Bytes{0xa0, 1} + be16(data.size()) + data;
}
Bytes public_packet(std::string_view version, const Bytes& frames) {
  const auto flags = static_cast<std::uint8_t>(version.empty() ? 0x08 : 0x09);
  return Bytes{flags} + kId8 + text(version) + Bytes{1} + kHash + frames;
}
Bytes q046_packet(std::uint8_t lengths, const Bytes& frames) {
  return Bytes{0xc3} + text("Q046") + Bytes{lengths} + kId8 + be32(1) + kHash + frames;
}

Decoded decode(const std::vector<Datagram>& datagrams, bool ended = false) {
  return decode_datagrams(decode_quic, datagrams, {}, ended);
}

const std::map<std::string_view, std::string> kSaid = {
    {"sni", "www.example.org"}, {"user_agent", "Chrome/70.0 Linux x86_64"}, {"proof_demand", "X509"}};

void expect_said(const Decoded& decoded, std::string_view version) {
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app, "quic");
  EXPECT_EQ(decoded.handshake().app_version, version);
  auto told = facts(decoded.handshake());
  told.erase("quic_version");
  told.erase("server_quic_versions");
  EXPECT_EQ(told, kSaid);
}

TEST(Gquic, TellsWhatTheClientSaysBehindAPublicHeader) {
  const Bytes client = public_packet("Q043", stream_frame(kChlo));
  EXPECT_EQ(decode({{0, client}}).verdict(), Verdict::kMine);
  expect_said(decode({{0, client}}, true), "Q043");
  expect_said(decode({{0, client}, {1, public_packet("", stream_frame(kRej))}}), "Q043");
  expect_said(decode({{1, client}, {0, public_packet("", stream_frame(kRej))}}), "Q043");
}

TEST(Gquic, TellsWhatTheClientSaysInQ046) {
  expect_said(
      decode({{0, q046_packet(0x50, stream_frame(kChlo))}, {1, q046_packet(0x05, stream_frame(kRej))}}),
      "Q046");
}

TEST(Gquic, TellsWhatTheClientSaysInTheProtectedPacketsOfQ050) {
  const InitialSays q050{.version = 0x51303530, .salt = "504574efd066fe2f9d945cfcdbd3a7f0d3b56b45"};
  const Bytes client = initial(q050, Bytes{7} + crypto(0, kChlo, 8));
  expect_said(decode({{0, client}, {1, initial(answer_to(q050), crypto(0, kRej, 8))}}), "Q050");
  expect_said(decode({{0, client}}, true), "Q050");
}

TEST(Gquic, TellsTheVersionThatTheServerMadeTheClientTake) {
  const Bytes refusal = Bytes{0x09} + kId8 + text("Q046Q043Q039");
  const Bytes again = public_packet("Q039", stream_frame(kChlo));
  const Bytes first = public_packet("Q042", stream_frame(kChlo));
  EXPECT_EQ(decode({{0, first}, {1, refusal}}).verdict(), Verdict::kMine);
  const Decoded decoded =
      decode({{0, first}, {1, refusal}, {0, again}, {1, public_packet("", stream_frame(kRej))}});
  expect_said(decoded, "Q039");
  EXPECT_EQ(facts(decoded.handshake()).at("server_quic_versions"), "Q046 Q043 Q039");
}

TEST(Gquic, KnowsAServerByItsRejectionAlone) {
  const Decoded decoded = decode({{0, public_packet("", stream_frame(kRej))}}, true);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app_version, "");
  EXPECT_TRUE(decoded.handshake().facts.empty());
}

TEST(Gquic, DoesNotTakeOthersForItself) {
  EXPECT_FALSE(parse_gquic_packet(public_packet("", Bytes(200, 0x44))));  // neither version nor message
  EXPECT_FALSE(parse_gquic_packet(public_packet("Q0x3", Bytes(200, 0x44))));
  EXPECT_FALSE(parse_gquic_packet(Bytes{0x49} + kId8 + text("Q043") + Bytes{0x82}));
  Bytes reserved = public_packet("Q043", stream_frame(kChlo));
  reserved[0] |= 0x02;  // a public reset has no version
  EXPECT_FALSE(parse_gquic_packet(reserved));
}

TEST(Gquic, RefusesATableOutOfOrder) {
  EXPECT_FALSE(parse_gquic_message(
      gquic_message("CHLO", {{"UAID", text("a")}, {"PDMD", text("b")}, {"AEAD", text("c")}})));
  EXPECT_FALSE(parse_gquic_message(gquic_message("CHLO", {})));
  Bytes backwards = gquic_message("CHLO", {{"AEAD", text("AESG")}, {"UAID", text("agent")}});
  backwards[12 + 8] = 1;  // the second value would end before the first
  EXPECT_FALSE(parse_gquic_message(backwards));
}

TEST(Gquic, TellsOfACutMessageWhatIsThere) {
  for (std::size_t size = 0; size <= kChlo.size(); size++) {
    const auto message = parse_gquic_message(std::span(kChlo).first(size));
    if (!message) continue;
    EXPECT_EQ(message->whole, size == kChlo.size());
    EXPECT_EQ(message->server_name.value_or("www.example.org"), "www.example.org");
    EXPECT_EQ(message->user_agent.value_or("Chrome/70.0 Linux x86_64"), "Chrome/70.0 Linux x86_64");
  }
}

}  // namespace
}  // namespace vedette
