#include "decode/snmp.h"

#include <gtest/gtest.h>

#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

using Facts = std::map<std::string_view, std::string>;

constexpr std::array<std::uint16_t, 2> kPorts = {40000, 161};

Bytes ber(std::uint8_t tag, const Bytes& content) {
  const Bytes length = content.size() < 128 ? Bytes{static_cast<std::uint8_t>(content.size())}
                                            : Bytes{0x82} + be16(content.size());
  return Bytes{tag} + length + content;
}

Bytes integer(std::uint8_t value) {
  return ber(2, {value});
}

Bytes octets(const Bytes& bytes) {
  return ber(4, bytes);
}

// 1.3.6.1.2.1.1.1.0, with no value.
Bytes variables() {
  return ber(0x30, ber(0x30, ber(6, {0x2b, 6, 1, 2, 1, 1, 1, 0}) + ber(5, {})));
}

Bytes pdu(std::uint8_t number) {
  return ber(static_cast<std::uint8_t>(0xa0 + number), integer(7) + integer(0) + integer(0) + variables());
}

Bytes community_message(std::uint8_t version, const Bytes& inside) {
  return ber(0x30, integer(version) + octets(text("public")) + inside);
}

Bytes v3(std::uint8_t flags, const Bytes& engine, std::string_view user, const Bytes& data) {
  const Bytes security =
      ber(0x30, octets(engine) + integer(1) + integer(2) + octets(text(user)) + octets({}) + octets({}));
  return ber(0x30, integer(3) +
                       ber(0x30, integer(9) + ber(2, {0, 0xff, 0xe3}) + octets({flags}) + integer(3)) +
                       octets(security) + data);
}

Bytes scoped(const Bytes& inside) {
  return ber(0x30, octets({}) + octets({}) + inside);
}

TEST(Snmp, TellsVersionAndCommunity) {
  const auto decoded = decode_datagrams(decode_snmp, {{0, community_message(1, pdu(5))}}, kPorts);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app, "snmp");
  EXPECT_EQ(decoded.handshake().app_version, "v2c");
  EXPECT_EQ(facts(decoded.handshake()),
            (Facts{{"pdu", "get-bulk"}, {"community", "public"}, {"oid", "1.3.6.1.2.1.1.1.0"}}));
  const Bytes trap = ber(0xa4, ber(6, {0x2b, 6}) + ber(0x40, {192, 0, 2, 1}) + integer(6) + integer(1) +
                                   ber(0x43, {9}) + variables());
  const auto old = decode_datagrams(decode_snmp, {{0, community_message(0, trap)}}, {40000, 162});
  EXPECT_EQ(old.handshake().app_version, "v1");
  EXPECT_EQ(facts(old.handshake())["pdu"], "trap");
}

TEST(Snmp, WaitsForTheUserOfVersion3) {
  const std::vector<Datagram> discovery = {{0, v3(4, {}, "", scoped(pdu(0)))},
                                           {1, v3(0, {0x80, 1, 2}, "", scoped(pdu(8)))}};
  EXPECT_EQ(decode_datagrams(decode_snmp, discovery, kPorts).verdict(), Verdict::kMine);
  auto all = discovery;
  all.push_back({0, v3(7, {0x80, 1, 2}, "operator", octets(zeros(64)))});
  const auto decoded = decode_datagrams(decode_snmp, all, kPorts);
  EXPECT_EQ(decoded.handshake().app_version, "v3");
  EXPECT_EQ(facts(decoded.handshake()),
            (Facts{{"user", "operator"}, {"engine_id", "800102"}, {"security_level", "authPriv"}}));
  const auto ended = decode_datagrams(decode_snmp, discovery, kPorts, true);
  EXPECT_EQ(facts(ended.handshake())["security_level"], "noAuthNoPriv");
}

TEST(Snmp, TellsDamagedMessagesOnItsPortAsFarAsTheyGo) {
  const Bytes damaged = community_message(0, ber(0xa0, integer(1) + integer(0) + Bytes{2, 9}));
  EXPECT_EQ(facts(decode_datagrams(decode_snmp, {{0, damaged}}, kPorts).handshake()),
            (Facts{{"pdu", "get"}, {"community", "public"}}));
  EXPECT_EQ(decode_datagrams(decode_snmp, {{0, damaged}}, {40000, 1610}).verdict(), Verdict::kNotMine);
  const Bytes whole = community_message(0, pdu(0));
  EXPECT_EQ(decode_datagrams(decode_snmp, {{0, whole}}, {40000, 1610}).verdict(), Verdict::kDone);
  EXPECT_EQ(decode_datagrams(decode_snmp, {{0, whole}}, {40000, 53}).verdict(), Verdict::kNotMine);
}

TEST(Snmp, IsNothingLess) {
  for (const Bytes& message : {community_message(0, pdu(0)), v3(0, {1}, "u", scoped(pdu(0)))}) {
    for (std::size_t size = 1; size < message.size(); size++)
      EXPECT_EQ(
          decode_datagrams(decode_snmp,
                           {{0, Bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size))}},
                           {40000, 1610})
              .verdict(),
          Verdict::kNotMine)
          << size;
  }
  EXPECT_EQ(decode_datagrams(decode_snmp, {{0, community_message(2, pdu(0))}}, kPorts).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode_datagrams(decode_snmp, {{0, community_message(1, pdu(9))}}, kPorts).verdict(),
            Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
