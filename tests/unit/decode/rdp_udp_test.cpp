#include "decode/rdp_udp.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "decode/rdp_udp_data.h"
#include "decoding.h"
#include "dtls_builder.h"
#include "openssl_hello.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

const Bytes kHello(std::begin(kOpensslHello), std::end(kOpensslHello));
const Bytes kFirst(kHello.begin(), kHello.begin() + 100), kRest(kHello.begin() + 100, kHello.end());
const Bytes kServer =
    record(message(2, server_hello({.cipher = 0x1302, .extensions = selected_version(0x0304)})));

constexpr std::uint32_t kOurs = 0xfffffffe, kTheirs = 0x100;  // numbers that the SYNs have
constexpr std::uint16_t kVersion2 = 2, kVersion3 = 0x0101;

// [MS-RDPEUDP] §2.2.2.1, §2.2.2.5 and §2.2.2.9.
Bytes filled(const Bytes& bytes) {
  return bytes + Bytes(1232 - bytes.size(), 0);
}
Bytes syn(std::uint16_t version, bool lossy = false) {
  return filled(be32(0xffffffff) + be16(64) + be16(lossy ? 0x1a01 : 0x1801) + be32(kOurs) + be16(1232) +
                be16(1232) + Bytes(32, 9) + be16(1) + be16(version));
}
Bytes reply(std::uint16_t version) {
  return filled(be32(kOurs) + be16(64) + be16(0x1005) + be32(kTheirs) + be16(1232) + be16(1232) + be16(1) +
                be16(version));
}
// §2.2.2.7 and §2.2.2.4: of versions 1 and 2, with an acknowledgement vector of `acks` elements.
Bytes data(std::uint32_t number, std::uint32_t acknowledged, const Bytes& payload, std::size_t acks = 1) {
  const std::size_t padding = (4 - (2 + acks) % 4) % 4;
  return be32(acknowledged) + be16(64) + be16(0x000c) + be16(acks) + Bytes(acks, 4) + Bytes(padding, 0) +
         be32(number) + be32(number) + payload;
}
// [MS-RDPEUDP2] §2.2.1 and §3.1.1.1.5.1: `headers` are what `flags` name.
Bytes packet3(std::uint16_t flags, const Bytes& headers, std::uint8_t prefix = 0xe0) {
  Bytes packet = Bytes{prefix} + le16(static_cast<std::uint16_t>(0xc000 | flags)) + headers;
  std::swap(packet.at(0), packet.at(7));
  return packet;
}
Bytes data3(std::uint16_t number, const Bytes& payload) {
  return packet3(0x004, le16(100) + le16(number) + payload);
}

Decoded decode(const std::vector<Datagram>& datagrams, bool ended = false) {
  return decode_datagrams(decode_rdp_udp, datagrams, {}, ended);
}

TEST(RdpUdp, TellsTheLowerVersion) {
  const Decoded outcome = decode({{0, syn(kVersion3)}, {1, reply(kVersion2)}}, true);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "rdp");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"udp_version", "2"}, {"transport", "reliable"}}));
  EXPECT_EQ(facts(decode({{0, syn(kVersion3)}}, true).handshake()).at("udp_version"), "3");
  for (const std::size_t size : {1, 16, 1000, 1131}) {
    const Bytes whole = syn(kVersion3);
    EXPECT_EQ(
        decode({{0, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))}}).verdict(),
        Verdict::kNotMine)
        << size;
  }
  EXPECT_EQ(decode({{0, Bytes(1232, 0xff)}}).verdict(), Verdict::kNotMine);
}

TEST(RdpUdp, TellsTlsPutInOrder) {
  // The client's numbers run over.
  const std::vector<Datagram> opening = {{0, syn(kVersion2)}, {1, reply(kVersion2)}, {0, syn(kVersion2)}};
  EXPECT_EQ(decode(opening).verdict(), Verdict::kMine);
  std::vector<Datagram> all = opening;
  all.insert(all.end(), {{0, data(0, kTheirs, kRest, 5)},
                         {0, data(0xffffffff, kTheirs, kFirst, 0)},
                         {0, data(0xffffffff, kTheirs, kFirst)}});
  EXPECT_EQ(decode(all).verdict(), Verdict::kMine);
  all.push_back({1, data(kTheirs + 1, 0, kServer)});
  const Decoded outcome = decode(all);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  ASSERT_EQ(outcome.handshakes.size(), 2U);
  EXPECT_EQ(outcome.handshakes[0].app, "rdp");
  EXPECT_EQ(outcome.handshakes[1].app, "tls");
  EXPECT_EQ(outcome.handshakes[1].app_version, "1.3");
  EXPECT_EQ(facts(outcome.handshakes[1]).at("ja3"), kOpensslJa3);
}

TEST(RdpUdp, TellsNoTlsThatHasAGap) {
  const Decoded outcome =
      decode({{0, syn(kVersion2)}, {1, reply(kVersion2)}, {0, data(0, kTheirs, kHello)}}, true);
  ASSERT_EQ(outcome.handshakes.size(), 1U);
  EXPECT_EQ(outcome.handshake().app, "rdp");
}

TEST(RdpUdp, TellsTlsOfVersion3) {
  const Bytes dummy = packet3(0x004, le16(101) + Bytes(1000, 0), 0xf0);
  // An acknowledgement with two that were delayed, overhead, delay and acknowledgement of acknowledgements.
  const Bytes answer = packet3(0x155, le16(100) + Bytes{1, 2, 3} + Bytes{0, 0x12, 7, 8} + Bytes{10} +
                                          Bytes{1, 0xf4, 1} + le16(100) + le16(100) + le16(1) + kServer);
  // A vector of three with its time.
  const Bytes rest =
      packet3(0x00c, le16(103) + le16(100) + Bytes{0x83, 1, 2, 3, 4, 5, 6, 7} + le16(2) + kRest);
  const std::vector<Datagram> all = {{0, syn(kVersion3)},   {1, reply(kVersion3)}, {0, rest},  {0, dummy},
                                     {0, data3(1, kFirst)}, {0, data3(1, kFirst)}, {1, answer}};
  const Decoded outcome = decode(all);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  ASSERT_EQ(outcome.handshakes.size(), 2U);
  EXPECT_EQ(facts(outcome.handshakes[0]), (Facts{{"udp_version", "3"}, {"transport", "reliable"}}));
  EXPECT_EQ(outcome.handshakes[1].app_version, "1.3");
  EXPECT_EQ(facts(outcome.handshakes[1]).at("ja3"), kOpensslJa3);
}

TEST(RdpUdp, TellsDtlsOfALossyTransport) {
  const ClientHelloSays says{
      .version = 0xfefd, .ciphers = {0xc02b}, .extensions = server_name("example.org")};
  const Bytes hello = dtls_record(dtls_message(1, 0, dtls_client_hello(says)));
  const Decoded outcome =
      decode({{0, syn(kVersion2, true)}, {1, reply(kVersion2)}, {0, data(0xffffffff, kTheirs, hello)}}, true);
  ASSERT_EQ(outcome.handshakes.size(), 2U);
  EXPECT_EQ(facts(outcome.handshakes[0]).at("transport"), "lossy");
  EXPECT_EQ(outcome.handshakes[1].app, "dtls");
  EXPECT_EQ(facts(outcome.handshakes[1]).at("sni"), "example.org");
}

TEST(RdpUdp, IsToldFromTheMiddleByRecords) {
  const Bytes one = record(Bytes(40, 0x5a), 23, 0x0303), two = one + record(Bytes(50, 0x5a), 23, 0x0303);
  const std::vector<Datagram> all = {
      {0, data(7, 20, one)}, {0, data(8, 20, two)}, {1, data(21, 8, one)}, {1, data(22, 8, one)}};
  EXPECT_EQ(decode({all[0]}, true).verdict(), Verdict::kNotMine);
  const Decoded outcome = decode(all, true);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshakes[0].app, "rdp");
  ASSERT_EQ(outcome.handshakes.size(), 2U);
  EXPECT_EQ(outcome.handshakes[1].app, "tls");
  for (const Bytes& other :
       {data(7, 20, text("no record")), data(7, 20, one + Bytes{1}), one, Bytes{}, Bytes{1}})
    EXPECT_EQ(decode({{0, other}, {0, other}}, true).verdict(), Verdict::kNotMine);
}

// [MS-RDPEUDP] §4.2.3.
TEST(RdpUdpData, ReadsTheSpecificationsExample) {
  const Bytes example = {0xd6, 0xcf, 0x0a, 0xb8, 0x04, 0x00, 0x01, 0x0c, 0x00, 0x01, 0x04, 0x00, 0xd6, 0xcf,
                         0x0a, 0xb8, 0xec, 0x47, 0x1a, 0xe4, 0xec, 0x47, 0x1a, 0xe4, 0x17, 0x03, 0x03, 0x00};
  const auto data = parse_rdp_udp_data(example);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->acknowledged, 0xd6cf0ab8U);
  EXPECT_EQ(data->number, 0xec471ae4U);
  EXPECT_EQ(data->bytes, (Bytes{0x17, 0x03, 0x03, 0x00}));
  for (std::size_t size = 0; size < 24; size++)
    EXPECT_FALSE(parse_rdp_udp_data(std::span(example).first(size))) << size;
}

TEST(RdpUdpData, OfVersion3IsReadWhereTheSwapReachesIntoIt) {
  const auto data = parse_rdp_udp2_data(data3(3, Bytes{0x16, 3, 1}));
  ASSERT_TRUE(data);
  EXPECT_EQ(data->number, 3U);
  EXPECT_EQ(data->bytes, (Bytes{0x16, 3, 1}));
  const Bytes whole = packet3(0x155, Bytes(7, 0) + Bytes(10, 0) + Bytes{0x16});
  constexpr std::size_t kHeaders = 20;
  for (std::size_t size = 0; size < kHeaders; size++)
    EXPECT_FALSE(parse_rdp_udp2_data(std::span(whole).first(size))) << size;
}

}  // namespace
}  // namespace vedette
