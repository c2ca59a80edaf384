#include "act/attack_signature.h"

#include <gtest/gtest.h>

#include <random>

#include "packet/parse.h"
#include "policy/policy_sentence.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

const Prefix kTarget = *parse_prefix("192.0.2.1");

class AttackSignatureTest : public testing::Test {
 protected:
  std::uint32_t any(std::uint32_t first, std::uint32_t last) {
    return std::uniform_int_distribution<std::uint32_t>(first, last)(random_);
  }
  Bytes noise(std::size_t count) {
    Bytes bytes(count);
    for (auto& one : bytes) one = static_cast<std::uint8_t>(any(0, 255));
    return bytes;
  }
  // A packet to the target from anybody.
  SampledPacket packet(std::uint8_t protocol, const Bytes& inside, std::uint8_t ttl) {
    Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(protocol, inside));
    frame[14 + 8] = ttl;
    for (std::size_t at = 0; at < 4; at++)
      frame[14 + 12 + at] = static_cast<std::uint8_t>(at == 0 ? any(1, 126) : any(1, 254));
    const Bytes target{192, 0, 2, 1};
    std::ranges::copy(target, frame.begin() + 14 + 16);
    SampledPacket sampled;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), sampled.packet);
    sampled.payload.assign(frame.begin() + sampled.packet.core.payload_offset, frame.end());
    return sampled;
  }
  SampledPacket dns_answer(std::size_t size) {
    return packet(VDT_IP_UDP, udp(53, static_cast<std::uint16_t>(any(1024, 65535)), noise(size)),
                  static_cast<std::uint8_t>(any(40, 128)));
  }
  SampledPacket quic() {
    return packet(VDT_IP_UDP, udp(static_cast<std::uint16_t>(any(1024, 65535)), 443, noise(any(100, 1200))),
                  static_cast<std::uint8_t>(any(40, 128)));
  }
  template <typename Make>
  static std::vector<SampledPacket> many(std::size_t count, Make make) {
    std::vector<SampledPacket> packets;
    while (packets.size() < count) packets.push_back(make());
    return packets;
  }

  std::mt19937 random_{7};
};

TEST_F(AttackSignatureTest, LetsTheTargetsOwnAnswersThroughAReflectionsLongOnes) {
  const auto attack = many(500, [&] { return dns_answer(any(1000, 1400)); });
  auto clean = many(500, [&] { return dns_answer(any(60, 300)); });
  for (auto& one : many(500, [&] { return quic(); })) clean.push_back(std::move(one));
  const auto found = find_signature(kTarget, attack, clean);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_TRUE(found->harmless);
  EXPECT_EQ(found->harmed, 0U);
  EXPECT_GE(found->covered, 450U);
  EXPECT_EQ(found->match.source_port, (std::vector<NumberRange>{{53, 53}}));
  EXPECT_EQ(found->match.destination, std::vector{kTarget});
}

TEST_F(AttackSignatureTest, TellsAFloodByItsPayload) {
  const auto attack = many(300, [&] {
    return packet(
        VDT_IP_UDP,
        udp(static_cast<std::uint16_t>(any(1024, 65535)), 443, text("\1\2flood") + noise(any(80, 900))),
        static_cast<std::uint8_t>(any(40, 128)));
  });
  const auto found = find_signature(kTarget, attack, many(600, [&] { return quic(); }));
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_TRUE(found->harmless);
  ASSERT_EQ(found->match.payload.size(), 1U);
  EXPECT_EQ(found->match.payload[0].offset, 0);
  EXPECT_EQ(found->match.payload[0].bytes, (std::vector<std::uint8_t>{1, 2, 'f', 'l', 'o', 'o', 'd'}));
}

TEST_F(AttackSignatureTest, IsNoneWhereTheAttackLooksLikeTheRest) {
  const auto attack = many(500, [&] { return quic(); });
  const auto found = find_signature(kTarget, attack, many(500, [&] { return quic(); }));
  EXPECT_TRUE(!found || !found->harmless);
}

TEST_F(AttackSignatureTest, IsNotSaidToBeHarmlessWhereLittleIsKnown) {
  const auto attack = many(500, [&] { return dns_answer(any(1000, 1400)); });
  const auto alone = find_signature(kTarget, attack, {});
  ASSERT_TRUE(alone) << alone.error().text();
  EXPECT_FALSE(alone->harmless);
  EXPECT_EQ(alone->harm_at_worst, 1);
  const auto little = find_signature(kTarget, attack, many(20, [&] { return quic(); }));
  ASSERT_TRUE(little) << little.error().text();
  EXPECT_FALSE(little->harmless);
  const auto few =
      find_signature(kTarget, many(50, [&] { return quic(); }), many(500, [&] { return quic(); }));
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().what, "50 packets of the attack are known, 100 are needed");
}

// To others the same packets are none of its business.
TEST_F(AttackSignatureTest, IsOfTheTargetsPacketsAlone) {
  auto attack = many(500, [&] { return dns_answer(any(1000, 1400)); });
  const Prefix other = *parse_prefix("192.0.2.9");
  EXPECT_FALSE(find_signature(other, attack, many(500, [&] { return quic(); })));
}

}  // namespace
}  // namespace vedette::tests
