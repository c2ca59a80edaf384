#include "policy/policy_diff.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/policy_file.h"
#include "tests/unit/policy/random_policy.h"

namespace vedette {
namespace {

Policy policy_of(std::string_view rest) {
  const auto policy = read_policy("version: 1\n" + std::string(rest), "policy.yaml");
  EXPECT_TRUE(policy) << policy.error().text();
  return policy.value_or(Policy());
}

std::vector<std::string> told(std::string_view from, std::string_view to) {
  std::vector<std::string> all;
  for (const PolicyDifference& one : differences(policy_of(from), policy_of(to)))
    all.push_back(std::string(policy_change_name(one.change)) + " " + one.part + " " + one.name + ": " +
                  one.was + " -> " + one.is);
  return all;
}

using Told = std::vector<std::string>;

TEST(Differences, AreToldByName) {
  EXPECT_EQ(
      told("allow: [192.0.2.1]\nblock: [{prefix: 192.0.2.2, reason: x}]\n"
           "rules: [{name: a, verdict: drop}, {name: b, verdict: pass}]\n",
           "allow: [192.0.2.1]\nblock: [{prefix: 192.0.2.2, reason: y}, 192.0.2.3]\n"
           "rules: [{name: a, match: {protocol: tcp}, verdict: drop}, {name: c, verdict: pass}]\n"
           "protocols: {tls_min: 1.2}\n"),
      (Told{"changed block 192.0.2.2: drops all that comes from 192.0.2.2 (x) -> drops all that comes from "
            "192.0.2.2 (y)",
            "came block 192.0.2.3:  -> drops all that comes from 192.0.2.3",
            "changed rule a: drops every packet that comes so far -> drops TCP packets",
            "came rule c:  -> lets pass every packet that comes so far",
            "went rule b: lets pass every packet that comes so far -> ",
            "came protocol protocols:  -> refuses connections of TLS below 1.2"}));
}

TEST(Differences, SayOfAsFewRulesAsPossibleThatTheyMoved) {
  const auto rules = [](std::string_view names) {
    std::string text = "rules:\n";
    for (const char name : names)
      text += std::string("- {name: ") + name + ", match: {destination_port: 1}, verdict: drop}\n";
    return text;
  };
  EXPECT_EQ(told(rules("abcdef"), rules("bcdefa")), Told{"moved rule a: number 1 -> number 6"});
  EXPECT_EQ(told(rules("abcdef"), rules("acdbef")), Told{"moved rule b: number 2 -> number 4"});
  EXPECT_EQ(told(rules("abc"), rules("abc")), Told{});
}

TEST(Differences, AreNoneOnlyOfTheSamePolicy) {
  for (unsigned seed = 0; seed < 300; seed++) {
    tests::Chance chance(seed), other(seed + 1);
    const Policy one = tests::random_policy(chance), two = tests::random_policy(other);
    EXPECT_TRUE(differences(one, one).empty());
    const auto by_prefix = [](Policy policy) {
      for (auto* list : {&policy.allow, &policy.block})
        std::ranges::sort(*list, {}, [](const PolicySource& source) { return source.prefix; });
      return policy;
    };
    EXPECT_EQ(differences(one, two).empty(), by_prefix(one) == by_prefix(two));
  }
}

TEST(Differences, TellWhatFindingsMayBlock) {
  EXPECT_EQ(
      told("", "response: {most_blocks: 5}\n"),
      (Told{"changed response most_blocks: has findings block 10000 sources at once at most -> has findings "
            "block 5 sources at once at most"}));
  EXPECT_EQ(told("response: {most_blocks: 5}\n", "response: {most_blocks: 5}\n"), Told{});
}

}  // namespace
}  // namespace vedette
