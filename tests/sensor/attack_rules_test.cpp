// Floods of forged sources are answered by a rule where the packets told last prove that it harms nobody.
#include "sensor/attack_rules.h"

#include <gtest/gtest.h>

#include <optional>

#include "packet/parse.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kBegin = 1'000'000s, kAttack = kBegin + 10s;
constexpr std::uint8_t kTarget = 7, kOther = 8;  // last bytes of their addresses

class AttackRulesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rules_.arm_with([this](Rule rule, Nanoseconds ttl, const Actor&) -> Result<void> {
      armed_ = std::move(rule);
      ttl_ = ttl;
      return {};
    });
  }
  void add(const Bytes& segment, std::uint8_t target, Nanoseconds time, const Ipv4Says& says = {}) {
    Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, segment, says));
    frame[14 + 19] = target;
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    facts.core.key.ifindex = 7;
    facts.core.direction = VDT_DIRECTION_IN;
    ring_.add({.time = time, .interface_name = "eth7", .bytes = frame, .facts = &facts, .verdict = {}});
  }
  // What a browser's connection begins with: a SYN with options, an ACK, a request.
  void browse(std::uint8_t target, std::uint32_t connections) {
    for (std::uint32_t i = 0; i < connections; i++) {
      add(tcp(40000, 443, VDT_TCP_SYN, zeros(20)), target, kBegin + i * 1ms);
      add(tcp(40000, 443, VDT_TCP_ACK), target, kBegin + i * 1ms);
      add(tcp(40000, 443, VDT_TCP_ACK | VDT_TCP_PSH, {}, zeros(300)), target, kBegin + i * 1ms);
    }
  }
  static Ipv4Says from(std::uint32_t number) { return {.last_source = static_cast<std::uint8_t>(number)}; }
  // Of forged sources.
  void flood(Nanoseconds later = {}) {
    for (std::uint16_t i = 0; i < 1000; i++)
      add(tcp(i, 443, VDT_TCP_SYN), kTarget, kAttack + later + i * 100us, from(i));
  }
  void answer(Nanoseconds later = {}, std::string_view target = "198.51.100.7") {
    Finding finding;
    finding.detector = "syn_flood";
    finding.kind = FindingKind::kSynFlood;
    finding.target = *parse_prefix(target);
    finding.detected = kAttack + 50ms;
    rules_.consider(finding, ResponseMode::kEnforce, kAttack + later + 100ms);
    const auto told = [this](const std::string&, FindingAction action, Nanoseconds) { action_ = action; };
    rules_.go_on(kAttack + later + 100ms, told);
    if (!armed_) rules_.go_on(kAttack + later + 20s, told);  // says why not
  }

  EvidenceRing ring_{4 << 20};
  AttackRules rules_{ring_, 600s, 24h, [this](const std::string& line) { noted_ = line; }};
  std::optional<Rule> armed_;
  Nanoseconds ttl_{};
  FindingAction action_ = FindingAction::kNone;
  std::string noted_;
};

TEST_F(AttackRulesTest, AreProvenByTheTargetsOwnTraffic) {
  browse(kTarget, 200);
  flood();
  answer();
  ASSERT_TRUE(armed_) << noted_;
  EXPECT_EQ(armed_->match.destination, std::vector{*parse_prefix("198.51.100.7")});
  EXPECT_NE(noted_.find("0 of 600 clean ones"), std::string::npos) << noted_;
}

TEST_F(AttackRulesTest, AreProvenByTrafficToOthersWhereTheTargetHasLittle) {
  browse(kTarget, 5);
  browse(kOther, 200);
  flood();
  answer();
  ASSERT_TRUE(armed_) << noted_;
  EXPECT_EQ(armed_->match.destination, std::vector{*parse_prefix("198.51.100.7")});
  EXPECT_NE(noted_.find("0 of 615 clean ones"), std::string::npos) << noted_;
}

TEST_F(AttackRulesTest, AreForAllTheNetworkThatIsAttacked) {
  browse(kTarget, 200);
  for (std::uint16_t i = 0; i < 1000; i++)
    add(tcp(i, 443, VDT_TCP_SYN), static_cast<std::uint8_t>(i), kAttack + i * 100us, from(i));
  answer({}, "198.51.100.0/24");
  ASSERT_TRUE(armed_) << noted_;
  EXPECT_EQ(armed_->match.destination, std::vector{*parse_prefix("198.51.100.0/24")});
  EXPECT_NE(noted_.find("0 of 600 clean ones"), std::string::npos) << noted_;
}

TEST_F(AttackRulesTest, AskNothingOfALaterFragmentsPayload) {
  browse(kTarget, 200);
  for (std::uint16_t i = 0; i < 1000; i++)
    add(be16(i) + text("flood, all alike"), kTarget, kAttack + i * 100us, {.fragment = 0x2010});
  answer();
  ASSERT_TRUE(armed_) << noted_;
  EXPECT_EQ(armed_->match.fragment, true);
  EXPECT_TRUE(armed_->match.payload.empty());
}

TEST_F(AttackRulesTest, AreNotArmedWhereNothingIsProven) {
  browse(kTarget, 20);
  flood();
  answer();
  EXPECT_FALSE(armed_) << noted_;
}

TEST_F(AttackRulesTest, AreNotArmedWhereTheTargetsFewPacketsLookSo) {
  for (std::uint16_t i = 0; i < 60; i++) add(tcp(i, 443, VDT_TCP_SYN), kTarget, kBegin + i * 1ms);
  browse(kOther, 200);
  flood();
  answer();
  EXPECT_FALSE(armed_) << noted_;
}

TEST_F(AttackRulesTest, HoldEachSourceToALimitWhereItsPacketsAreLikeOthers) {
  for (std::uint16_t i = 0; i < 400; i++) add(tcp(i, 443, VDT_TCP_SYN), kTarget, kBegin + i * 1ms);
  for (std::uint16_t i = 0; i < 1000; i++) add(tcp(i, 443, VDT_TCP_SYN), kTarget, kAttack + i * 100us);
  answer();
  ASSERT_TRUE(armed_) << noted_;
  EXPECT_EQ(armed_->verdict, RuleVerdict::kLimit);
  EXPECT_EQ(armed_->match.destination, std::vector{*parse_prefix("198.51.100.7")});
  EXPECT_EQ(armed_->match.destination_port, (std::vector<NumberRange>{{443, 443}}));
  ASSERT_EQ(armed_->rates.size(), 1U);
  EXPECT_EQ(armed_->rates[0].unit, RateUnit::kFlows);
  EXPECT_EQ(armed_->rates[0].per, RatePer::kSource);
  EXPECT_EQ(action_, FindingAction::kLimited);
}

TEST_F(AttackRulesTest, LimitNobodyWhereSourcesAreForged) {
  for (std::uint16_t i = 0; i < 400; i++) add(tcp(i, 443, VDT_TCP_SYN), kTarget, kBegin + i * 1ms, from(i));
  flood();
  answer();
  EXPECT_FALSE(armed_) << noted_;
}

TEST_F(AttackRulesTest, AreArmedAnewForLongerWhereAFloodGoesOnAfterTheirEnd) {
  browse(kTarget, 200);
  flood();
  answer();
  EXPECT_EQ(ttl_, 600s);
  armed_.reset();
  flood(599s);
  answer(599s);
  EXPECT_FALSE(armed_);
  flood(601s);
  answer(601s);
  ASSERT_TRUE(armed_) << noted_;
  EXPECT_EQ(ttl_, 2400s);
}

}  // namespace
}  // namespace vedette::tests
