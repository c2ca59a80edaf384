#include "replay/replay_frame.h"

#include <gtest/gtest.h>

#include "tests/replay/file_packet.h"

namespace vedette::tests {
namespace {

const Bytes kDatagram = ipv4(VDT_IP_UDP, udp(40'000, 53, zeros(100)));
const Bytes kFrame = ethernet(VDT_ETHER_IPV4, kDatagram);
constexpr std::uint32_t kBehindUdp = 14 + 20 + 8;

Undecided why(const FilePacket& packet, std::uint32_t looked_at = 0) {
  FrameMaker maker(looked_at);
  const auto made = maker.frame_of(packet);
  const auto* undecided = std::get_if<Undecided>(&made);
  return undecided ? *undecided : Undecided::kCount;
}

Bytes first(Bytes bytes, std::size_t count) {
  bytes.resize(count);
  return bytes;
}

TEST(ReplayFrame, IsTheFrameItself) {
  const MadePacket made(kFrame);
  FrameMaker maker(0);
  const auto frame = maker.frame_of(made.packet);
  ASSERT_TRUE(std::holds_alternative<ReplayFrame>(frame));
  EXPECT_TRUE(std::ranges::equal(std::get<ReplayFrame>(frame).bytes, kFrame));
  EXPECT_EQ(std::get<ReplayFrame>(frame).facts->core.length, kFrame.size());
}

TEST(ReplayFrame, KeepsTheWiresLengthWhereOnlyItsHeadersWereCaptured) {
  const MadePacket made(first(kFrame, kBehindUdp), LinkType::kEthernet, 142);
  FrameMaker maker(0);
  const auto frame = maker.frame_of(made.packet);
  ASSERT_TRUE(std::holds_alternative<ReplayFrame>(frame));
  EXPECT_EQ(std::get<ReplayFrame>(frame).bytes.size(), kBehindUdp);
  EXPECT_EQ(std::get<ReplayFrame>(frame).facts->core.length, 142U);
}

TEST(ReplayFrame, IsNotDecidedOnWhereTheCaptureEndsWithinItsHeaders) {
  EXPECT_EQ(why(MadePacket(first(kFrame, kBehindUdp - 1), LinkType::kEthernet, 142).packet),
            Undecided::kCutOff);
  EXPECT_EQ(why(MadePacket(first(kFrame, 20), LinkType::kEthernet, 142).packet), Undecided::kCutOff);
  EXPECT_EQ(why(MadePacket(first(kFrame, 10), LinkType::kEthernet, 142).packet), Undecided::kCutOff);
}

TEST(ReplayFrame, IsDecidedOnWhereItCameCutOff) {
  EXPECT_EQ(why(MadePacket(first(kFrame, kBehindUdp - 1)).packet), Undecided::kCount);
  EXPECT_EQ(why(MadePacket(first(kFrame, 10)).packet), Undecided::kTooShort);
}

TEST(ReplayFrame, MustHoldThePayloadThatRulesLookAt) {
  const MadePacket made(first(kFrame, kBehindUdp + 16), LinkType::kEthernet, 142);
  EXPECT_EQ(why(made.packet, 16), Undecided::kCount);
  EXPECT_EQ(why(made.packet, 17), Undecided::kCutOff);
}

TEST(ReplayFrame, GetsAnEthernetHeaderBeforeBareIp) {
  const MadePacket made(kDatagram, LinkType::kRaw);
  FrameMaker maker(0);
  const auto frame = maker.frame_of(made.packet);
  ASSERT_TRUE(std::holds_alternative<ReplayFrame>(frame));
  const vdt_packet& facts = *std::get<ReplayFrame>(frame).facts;
  EXPECT_EQ(facts.core.key.dst_port, 53);
  EXPECT_EQ(facts.core.malformed, VDT_MALFORMED_NONE);
  EXPECT_EQ(facts.core.length, kFrame.size());
}

TEST(ReplayFrame, GetsAnEthernetHeaderInPlaceOfACookedOne) {
  const MadePacket made(be16(0) + be16(1) + be16(6) + zeros(8) + be16(VDT_ETHER_IPV4) + kDatagram,
                        LinkType::kLinuxCooked);
  FrameMaker maker(0);
  const auto frame = maker.frame_of(made.packet);
  ASSERT_TRUE(std::holds_alternative<ReplayFrame>(frame));
  EXPECT_TRUE(
      std::ranges::equal(std::get<ReplayFrame>(frame).bytes.subspan(12), std::span(kFrame).subspan(12)));
  EXPECT_EQ(std::get<ReplayFrame>(frame).facts->core.length, kFrame.size());
}

TEST(ReplayFrame, IsNotDecidedOnWhereItWentOut) {
  const MadePacket made(be16(4) + be16(1) + be16(6) + zeros(8) + be16(VDT_ETHER_IPV4) + kDatagram,
                        LinkType::kLinuxCooked);
  EXPECT_EQ(why(made.packet), Undecided::kOutgoing);
}

TEST(ReplayFrame, NeedsALinkLayerThatLeadsToANetworkHeader) {
  EXPECT_EQ(why(MadePacket(kDatagram, static_cast<LinkType>(9999)).packet), Undecided::kLinkType);
}

TEST(PayloadLookedAt, IsThatOfTheRuleThatLooksFarthest) {
  Policy policy;
  EXPECT_EQ(payload_looked_at(policy), 0U);
  policy.rules.resize(2);
  policy.rules[0].match.payload = {{.offset = 10, .bytes = {1, 2}, .mask = {255, 255}}};
  policy.rules[1].match.payload = {{.offset = 0, .bytes = {1, 2, 3}, .mask = {255, 255, 255}}};
  EXPECT_EQ(payload_looked_at(policy), 12U);
}

}  // namespace
}  // namespace vedette::tests
