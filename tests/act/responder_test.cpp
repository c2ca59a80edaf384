#include "act/responder.h"

#include <cstdlib>

#include "act/policy_keeper.h"
#include "act/rule_programs.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

class ResponderTest : public KernelPathTest {
 protected:
  void SetUp() override {
    KernelPathTest::SetUp();
    if (!kernel_) return;
    auto lists = SourceLists::open(kernel_->programs());
    ASSERT_TRUE(lists) << lists.error().text();
    lists_ = std::move(*lists);
    options_.mode = ResponseMode::kEnforce;
  }

  static Finding scan(std::string_view source, Severity severity = Severity::kHigh) {
    Finding finding;
    finding.detector = "syn_scan";
    finding.kind = FindingKind::kPortScan;
    finding.severity = severity;
    finding.source = *parse_prefix(source);
    return finding;
  }
  Response answer(const Finding& finding, Nanoseconds now = 1s) {
    if (!responder_) responder_.emplace(*lists_, options_);
    return responder_->answer(finding, now);
  }
  // The block-list's entry, seconds that it has left; nothing where it isn't there.
  std::optional<long> seconds_left(std::string_view source) {
    const auto entry = lists_->find(*parse_prefix(source));
    if (!entry || entry->kind != ListKind::kBlock || !entry->expires) return {};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::round<std::chrono::seconds>(*entry->expires - now).count();
  }

  std::unique_ptr<SourceLists> lists_;
  ResponseOptions options_;
  std::optional<Responder> responder_;
};

TEST_F(ResponderTest, BlocksASourceForItsTime) {
  EXPECT_EQ(answer(scan("203.0.113.9")).action, FindingAction::kBlocked);
  EXPECT_NEAR(static_cast<double>(seconds_left("203.0.113.9").value_or(0)), 600, 2);
}

TEST_F(ResponderTest, ObservesWhereItIsToldTo) {
  options_.mode = ResponseMode::kObserve;
  EXPECT_EQ(answer(scan("203.0.113.9")).action, FindingAction::kWouldBlock);
  ASSERT_TRUE(lists_->find(*parse_prefix("203.0.113.9")));
  EXPECT_TRUE(lists_->find(*parse_prefix("203.0.113.9"))->entry.flags & VDT_LISTED_OBSERVE);
}

TEST_F(ResponderTest, TakesTheAttackedPortAloneWhereItIsToldTo) {
  auto rules = RulePrograms::open(kernel_->programs());
  ASSERT_TRUE(rules) << rules.error().text();
  const GeoDatabases places;
  PolicyKeeper keeper({.lists = *lists_,
                       .prepare_rules = [&](const std::vector<Rule>& all) { return (*rules)->prepare(all); },
                       .put_protocols = [](const std::vector<ProtocolEntry>&) { return Result<void>(); },
                       .places = places,
                       .state_file = {},
                       .note = [](const std::string&) {}});
  options_.of_kind[FindingKind::kBruteForce] = ResponseMode::kEnforcePort;
  Finding guessing = scan("192.0.2.1");
  guessing.kind = FindingKind::kBruteForce;
  guessing.target = *parse_prefix("198.51.100.2");
  guessing.port = 53;
  EXPECT_EQ(answer(guessing).action, FindingAction::kNone);  // nobody arms rules yet
  responder_->arm_with(
      [&](Rule rule, Nanoseconds ttl, const Actor& by) { return keeper.arm(std::move(rule), ttl, by); });
  const Response response = answer(guessing);
  EXPECT_EQ(response.action, FindingAction::kBlocked) << response.why_not;
  EXPECT_TRUE(lists_->all().empty());
  const auto dropped = [&](std::uint8_t source, std::uint16_t port) {
    Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(40'000, port, text("a"))));
    frame[29] = source;  // the last byte of the address
    const auto count = [&] { return kernel_->counters().direction[VDT_DIRECTION_IN].rule_dropped_packets; };
    const std::uint64_t before = count();
    EXPECT_TRUE(kernel_->run(Hook::kXdp, frame));
    return count() - before;
  };
  EXPECT_EQ(dropped(1, 53), 1U);
  EXPECT_EQ(dropped(1, 54), 0U);
  EXPECT_EQ(dropped(2, 53), 0U);
  // It grows graver: the same rule.
  EXPECT_EQ(answer(guessing, 2s).expires, response.expires);
  EXPECT_EQ((*rules)->counts().size(), 1U);
}

TEST_F(ResponderTest, BlocksTheSourceWhereNoPortIsAttacked) {
  options_.mode = ResponseMode::kObservePort;
  EXPECT_EQ(answer(scan("203.0.113.9")).action, FindingAction::kWouldBlock);
  EXPECT_TRUE(lists_->find(*parse_prefix("203.0.113.9")));
}

TEST_F(ResponderTest, DoesNothingUnlessItIsToldTo) {
  options_.mode = ResponseMode::kOff;
  EXPECT_EQ(answer(scan("203.0.113.9")).action, FindingAction::kNone);
  EXPECT_TRUE(lists_->all().empty());
}

TEST_F(ResponderTest, AnswersAKindOtherwiseThanTheRest) {
  options_.of_kind[FindingKind::kPortScan] = ResponseMode::kOff;
  EXPECT_EQ(answer(scan("203.0.113.9")).action, FindingAction::kNone);
  Finding beacon = scan("203.0.113.9");
  beacon.kind = FindingKind::kBeacon;  // its source is a victim: not unless it is named
  EXPECT_EQ(answer(beacon).action, FindingAction::kNone);
  responder_.reset();
  options_.of_kind[FindingKind::kBeacon] = ResponseMode::kEnforce;
  EXPECT_EQ(answer(beacon).action, FindingAction::kBlocked);
}

TEST_F(ResponderTest, LeavesVictimsAlone) {
  options_.of_kind[FindingKind::kBlocklistHit] = ResponseMode::kEnforce;
  Finding hit = scan("203.0.113.9");
  hit.kind = FindingKind::kBlocklistHit;
  hit.by_victim = true;
  EXPECT_EQ(answer(hit).action, FindingAction::kNone);
  hit.by_victim = false;
  EXPECT_EQ(answer(hit).action, FindingAction::kBlocked);
}

TEST_F(ResponderTest, LeavesSmallFindingsAndForgedSourcesAlone) {
  EXPECT_EQ(answer(scan("203.0.113.9", Severity::kLow)).action, FindingAction::kNone);
  Finding nobody = scan("203.0.113.9");
  nobody.source.reset();
  EXPECT_FALSE(answer(nobody).why_not.empty());
  EXPECT_FALSE(answer(scan("203.0.0.0/16")).why_not.empty());
  EXPECT_TRUE(lists_->all().empty());
}

TEST_F(ResponderTest, BlocksForLongerEachTime) {
  answer(scan("203.0.113.9"), 1s);
  ASSERT_TRUE(lists_->erase(ListKind::kBlock, *parse_prefix("203.0.113.9")));  // as if it had ended
  answer(scan("203.0.113.9"), 700s);
  EXPECT_NEAR(static_cast<double>(seconds_left("203.0.113.9").value_or(0)), 2400, 2);
  ASSERT_TRUE(lists_->erase(ListKind::kBlock, *parse_prefix("203.0.113.9")));
  answer(scan("203.0.113.9"), 48h);
  EXPECT_NEAR(static_cast<double>(seconds_left("203.0.113.9").value_or(0)), 600, 2);
}

TEST_F(ResponderTest, ChangesNothingThatTheOperatorListed) {
  ListChange by_hand;
  by_hand.prefix = *parse_prefix("203.0.113.0/24");
  ASSERT_TRUE(lists_->put(by_hand));
  const Response blocked = answer(scan("203.0.113.9"));
  EXPECT_EQ(blocked.action, FindingAction::kBlocked);
  EXPECT_EQ(blocked.expires, 0s);
  EXPECT_EQ(lists_->all().size(), 1U);
  by_hand.kind = ListKind::kAllow;
  ASSERT_TRUE(lists_->put(by_hand));
  EXPECT_EQ(answer(scan("203.0.113.8")).action, FindingAction::kNone);
  EXPECT_EQ(lists_->all().size(), 2U);
}

TEST_F(ResponderTest, BlocksWhomItOnlyObservedBefore) {
  ListChange by_hand;
  by_hand.prefix = *parse_prefix("203.0.113.9");
  by_hand.observe = true;
  ASSERT_TRUE(lists_->put(by_hand));
  EXPECT_EQ(answer(scan("203.0.113.9")).action, FindingAction::kBlocked);
  EXPECT_FALSE(lists_->find(by_hand.prefix)->entry.flags & VDT_LISTED_OBSERVE);
}

TEST_F(ResponderTest, BlocksNoMoreThanSoMany) {
  std::size_t most = 3;
  responder_.emplace(*lists_, options_);
  responder_->limit_by([&] { return most; });
  for (int host = 1; host <= 5; host++)
    EXPECT_EQ(answer(scan("203.0.113." + std::to_string(host))).action,
              host <= 3 ? FindingAction::kBlocked : FindingAction::kNone);
  EXPECT_EQ(answer(scan("203.0.113.9"), 601s + 1s).action, FindingAction::kBlocked);  // those have ended
  most = 1;                                                                           // another policy
  EXPECT_EQ(answer(scan("203.0.113.10"), 602s).why_not,
            "1 sources are blocked by findings already, and 1 may be");
  most = 0;
  EXPECT_EQ(answer(scan("203.0.113.10"), 9'000s).action, FindingAction::kNone);
}

TEST_F(ResponderTest, AnswersADetectorOtherwiseThanItsKind) {
  options_.of_kind[FindingKind::kPortScan] = ResponseMode::kEnforce;
  options_.of_detector["syn_scan"] = ResponseMode::kObserve;
  EXPECT_EQ(answer(scan("203.0.113.9")).action, FindingAction::kWouldBlock);
  Finding other = scan("203.0.113.10");
  other.detector = "udp_scan";
  EXPECT_EQ(answer(other).action, FindingAction::kBlocked);
  responder_.reset();
  options_.of_detector["syn_scan"] = ResponseMode::kOff;
  EXPECT_EQ(answer(scan("203.0.113.11")).action, FindingAction::kNone);
}

TEST_F(ResponderTest, SparesTheHostItself) {
  ASSERT_EQ(std::system("ip link set lo up"), 0);  // of the test's own network namespace
  const Response spared = answer(scan("127.0.0.1"));
  EXPECT_EQ(spared.action, FindingAction::kNone);
  EXPECT_FALSE(spared.why_not.empty());
}

}  // namespace
}  // namespace vedette::tests
