#include "policy/cover.h"

#include <gtest/gtest.h>

#include "policy/evaluate.h"
#include "policy/policy_text.h"
#include "tests/unit/policy/random_policy.h"

namespace vedette {
namespace {

PacketFacts facts(const tests::RandomPacket& random) {
  return {.packet = random.packet,
          .interface = random.interface,
          .country = random.country,
          .asn = random.asn,
          .destination_country = random.destination_country,
          .destination_asn = random.destination_asn,
          .payload = random.payload};
}

TEST(Covers, OnlyWhereEachPacketOfTheOneIsTheOthers) {
  tests::Chance chance(7);
  std::vector<tests::RandomPacket> packets;
  for (int i = 0; i < 2000; i++) packets.push_back(tests::random_packet(chance));
  std::size_t covered = 0, both = 0;
  for (int i = 0; i < 10'000; i++) {
    Rule wide, narrow;
    wide.match = tests::random_match(chance);
    narrow.match = tests::random_match(chance);
    if (!covers(wide.match, narrow.match)) continue;
    covered += wide.match == Match() ? 0 : 1;
    for (const tests::RandomPacket& packet : packets) {
      if (!matches(narrow.match, facts(packet))) continue;
      both++;
      ASSERT_TRUE(matches(wide.match, facts(packet))) << rule_text(wide) << rule_text(narrow);
    }
  }
  EXPECT_GT(covered, 20U);
  EXPECT_GT(both, 1000U);
}

TEST(Covers, ItselfAndWhatSaysMore) {
  tests::Chance chance(8);
  for (int i = 0; i < 500; i++) {
    const Match match = tests::random_match(chance);
    EXPECT_TRUE(covers(match, match));
    EXPECT_TRUE(covers(Match(), match));
  }
  Match syn;
  syn.tcp_flags = {{.mask = 0x12, .value = 0x02}};
  Match tcp;
  tcp.protocol = {6};
  EXPECT_TRUE(covers(tcp, syn));
  EXPECT_FALSE(covers(syn, tcp));
}

TEST(Contradiction, OnlyWhereNoPacketMatches) {
  tests::Chance chance(9);
  std::vector<tests::RandomPacket> packets;
  for (int i = 0; i < 2000; i++) packets.push_back(tests::random_packet(chance));
  std::size_t found = 0;
  for (int i = 0; i < 5000; i++) {
    const Match match = tests::random_match(chance);
    if (contradiction(match).empty()) continue;
    found++;
    for (const tests::RandomPacket& packet : packets) {
      // By chance a packet of ICMPv6 may have IPv4 addresses, as none on a wire that means anything has.
      const bool odd = (packet.packet.core.key.protocol == 58) == (packet.packet.core.key.ip_version == 4);
      ASSERT_FALSE(!odd && matches(match, facts(packet)));
    }
  }
  EXPECT_GT(found, 10U);
}

}  // namespace
}  // namespace vedette
