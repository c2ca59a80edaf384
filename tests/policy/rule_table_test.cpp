#include "policy/rule_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <tuple>

#include "decide/rule_search.h"
#include "tests/policy/random_rules.h"

namespace vedette::tests {
namespace {

constexpr std::size_t kNoTables = 0;
constexpr std::size_t kFewPairs = 500;
const std::size_t kTables = RuleTableOptions{}.most_pairs;

std::unique_ptr<vdt_rules> table_of(const std::vector<Rule>& rules, std::size_t most_pairs) {
  RuleTableOptions options;
  options.most_pairs = most_pairs;
  const auto bytes = compile_rules(rules, options);
  if (!bytes) {
    ADD_FAILURE() << bytes.error().text();
    return nullptr;
  }
  auto table = std::make_unique<vdt_rules>();
  std::memcpy(table->bytes, bytes->data(), bytes->size());
  return table;
}

struct Search {
  std::vector<int> found;
  bool each_packet = false;
};

// As the kernel's programs ask.
Search ask(const vdt_rules& table, const std::vector<Rule>& rules, const vdt_packet_core& core) {
  vdt_rule_query query{};
  Search result;
  const std::uint32_t outcome = vdt_begin_rules(&table, &core, &query);
  if (outcome & VDT_OUTCOME_TOLD) {
    if (outcome & VDT_OUTCOME_RULE) result.found.push_back(static_cast<int>(outcome & VDT_OUTCOME_COUNTER));
    result.each_packet = query.each_packet || (outcome & VDT_OUTCOME_EACH_PACKET) != 0;
    return result;
  }
  if (outcome != 0) {
    for (std::uint32_t i = 0; i < vdt_rules_u16(&table, outcome); i++)
      result.found.push_back(vdt_rules_u16(&table, outcome + 4 + 2 * i));
    result.each_packet = query.each_packet || vdt_rules_u16(&table, outcome + 2) != 0;
    return result;
  }
  for (;;) {
    const int found = vdt_next_rule(&table, &query);
    if (found == VDT_NO_RULE) break;
    if (found == VDT_NO_RULE_YET) continue;
    result.found.push_back(found);
    if (!goes_on(rules[static_cast<std::size_t>(found)])) break;
  }
  result.each_packet = query.each_packet != 0;
  return result;
}

class RuleTable : public ::testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {};

TEST_P(RuleTable, FindsWhatTheRulesMean) {
  const auto [count, most_pairs] = GetParam();
  RandomRules random(static_cast<std::uint32_t>(count) + 1);
  const auto rules = random.rules(count);
  const auto table = table_of(rules, most_pairs);
  ASSERT_TRUE(table);
  // All rules in one table, groups of fields, and each field for itself.
  if (most_pairs == kNoTables || (most_pairs == kTables && count <= 10)) {
    EXPECT_EQ(table->head.merges[0].outcomes && table->head.merges[1].outcomes, most_pairs != kNoTables);
  }
  std::size_t any = 0;
  for (int i = 0; i < 50'000; i++) {
    const vdt_packet_core core = random.packet();
    const auto expected = expected_rules(rules, core);
    any += expected.empty() ? 0 : 1;
    ASSERT_EQ(ask(*table, rules, core).found, expected) << "packet " << i;
  }
  EXPECT_EQ(any > 0, count > 0);
}

INSTANTIATE_TEST_SUITE_P(OfSo, RuleTable,
                         ::testing::Combine(::testing::Values(0, 1, 10, 63, 64, 65, 1'000, 5'000),
                                            ::testing::Values(kNoTables, kFewPairs, kTables)),
                         [](const auto& many) {
                           return "Many" + std::to_string(std::get<0>(many.param)) + "Pairs" +
                                  std::to_string(std::get<1>(many.param));
                         });

class RuleTableFlows : public ::testing::TestWithParam<std::size_t> {};

// Where a packet of a flow says that it may be decided on once, all that go the short way are decided alike.
TEST_P(RuleTableFlows, AreDecidedOnOnceOnlyWhereAllPacketsAreDecidedAlike) {
  RandomRules random(7);
  std::size_t once = 0;
  std::size_t each = 0;
  for (int round = 0; round < 150; round++) {
    const auto rules = random.rules(1 + random.below(100));
    const auto table = table_of(rules, GetParam());
    ASSERT_TRUE(table);
    for (int i = 0; i < 50; i++) {
      vdt_packet_core core = random.packet();
      const Search first = ask(*table, rules, core);
      (first.each_packet ? each : once)++;
      if (first.each_packet) continue;
      for (int other = 0; other < 20; other++) {
        core.tcp_flags &= 0x18;
        if (core.facts & VDT_FACT_TCP) core.tcp_flags ^= static_cast<std::uint8_t>(random.below(4) << 3);
        core.fragment = VDT_FRAGMENT_NONE;
        core.length = random.below(250);
        core.ttl = static_cast<std::uint8_t>(random.below(25));
        ASSERT_EQ(ask(*table, rules, core).found, first.found) << round << " " << i;
      }
    }
  }
  EXPECT_GT(once, 1'000U);
  EXPECT_GT(each, 1'000U);
}

INSTANTIATE_TEST_SUITE_P(OfRules, RuleTableFlows, ::testing::Values(kNoTables, kFewPairs, kTables),
                         [](const auto& pairs) { return "Pairs" + std::to_string(pairs.param); });

// Addresses that few rules name, each of them, and their neighbours.
TEST(RuleTableAddresses, AreFoundWhereverRangesAreMany) {
  std::vector<Rule> rules;
  RandomRules random(5);
  for (int i = 0; i < 3'000; i++) {
    Rule rule;
    rule.name = std::to_string(i);
    vdt_address address{};
    address.bytes[0] = 10;
    address.bytes[1] = 1;
    address.bytes[2] = static_cast<std::uint8_t>(random.below(40));
    address.bytes[3] = static_cast<std::uint8_t>(random.below(256));
    rule.match.source = {prefix_of(address, 4, static_cast<std::uint8_t>(24 + random.below(9)))};
    rules.push_back(rule);
  }
  for (const std::size_t most_pairs : {kNoTables, kTables}) {
    const auto table = table_of(rules, most_pairs);
    ASSERT_TRUE(table);
    for (std::uint32_t low = 0; low < 65536; low += 1 + random.below(3)) {
      vdt_packet_core core{};
      core.facts = VDT_FACT_IP;
      core.key.ip_version = 4;
      core.key.src.bytes[0] = 10;
      core.key.src.bytes[1] = 1;
      core.key.src.bytes[2] = static_cast<std::uint8_t>(low >> 8);
      core.key.src.bytes[3] = static_cast<std::uint8_t>(low);
      ASSERT_EQ(ask(*table, rules, core).found, expected_rules(rules, core)) << low;
    }
  }
}

// So many /24s have several ranges that there are tables for some of them alone.
TEST(RuleTableAddresses, AreFoundInTablesAndInRanges) {
  std::vector<Rule> rules(6);
  RandomRules random(6);
  const auto some_address = [&] {
    vdt_address address{};
    address.bytes[0] = 10;
    for (int i = 1; i < 4; i++) address.bytes[i] = static_cast<std::uint8_t>(random.below(i == 1 ? 12 : 256));
    return address;
  };
  for (std::size_t i = 0; i < 3'000; i++)
    rules[i % rules.size()].match.source.push_back(
        prefix_of(some_address(), 4, static_cast<std::uint8_t>(25 + random.below(8))));
  const auto table = table_of(rules, kTables);
  ASSERT_TRUE(table);
  std::size_t any = 0;
  for (int i = 0; i < 20'000; i++) {
    const auto& named = rules[random.below(6)].match.source;
    vdt_packet_core core{};
    core.facts = VDT_FACT_IP;
    core.key.ip_version = 4;
    core.key.src =
        i % 4 == 0 ? some_address() : named[random.below(static_cast<std::uint32_t>(named.size()))].address;
    core.key.src.bytes[3] ^= static_cast<std::uint8_t>(random.below(4));
    const auto expected = expected_rules(rules, core);
    any += expected.empty() ? 0 : 1;
    ASSERT_EQ(ask(*table, rules, core).found, expected) << i;
  }
  EXPECT_GT(any, 10'000U);
}

TEST(RuleTableNames, AreReadBack) {
  RandomRules random(3);
  const auto rules = random.rules(70);
  const auto bytes = compile_rules(rules, {});
  ASSERT_TRUE(bytes);
  const auto compiled = compiled_rules(*bytes);
  ASSERT_EQ(compiled.size(), rules.size());
  for (std::size_t i = 0; i < rules.size(); i++) {
    EXPECT_EQ(compiled[i].name, rules[i].name);
    EXPECT_EQ(compiled[i].rule.verdict == VDT_RULE_DROP, rules[i].verdict == RuleVerdict::kDrop);
  }
  EXPECT_TRUE(compiled_rules(std::span(*bytes).first(300)).empty());
}

TEST(RuleTableRefusals, NameTheRule) {
  Rule rule;
  rule.name = "slow";
  rule.verdict = RuleVerdict::kLimit;
  rule.rates = {{.unit = RateUnit::kBytes, .a_second = 1, .burst = 1'000'000}};
  const auto refused = compile_rules(std::span(&rule, 1), {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("rule 'slow'"), std::string::npos) << refused.error().text();
  EXPECT_EQ(refused.error().exit_status(), 2);
}

TEST(RuleTableRefusals, SayWhereRulesAreTooMany) {
  const std::vector<Rule> rules(VDT_RULES_MAX + 1);
  EXPECT_FALSE(compile_rules(rules, {}));
}

}  // namespace
}  // namespace vedette::tests
