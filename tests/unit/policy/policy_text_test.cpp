#include "policy/policy_text.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "policy/policy_file.h"
#include "tests/unit/policy/random_policy.h"

namespace vedette {
namespace {

std::string flaws_text(const ReadPolicy& read) {
  return read.flaws.empty() ? "" : flaws_error(read.flaws, "policy.yaml").text();
}

TEST(PolicyText, IsReadAsThePolicyThatItIsOf) {
  std::size_t rules = 0;
  for (unsigned seed = 0; seed < 3000; seed++) {
    tests::Chance chance(seed);
    const Policy policy = tests::random_policy(chance);
    const std::string text = policy_text(policy);
    const ReadPolicy read = parse_policy(text);
    ASSERT_EQ(flaws_text(read), "") << text;
    ASSERT_EQ(read.policy, policy) << text << "\nread as\n" << policy_text(read.policy);
    ASSERT_EQ(policy_text(read.policy), text);
    rules += policy.rules.size();
  }
  EXPECT_GT(rules, 5000U);
}

TEST(PolicyText, SpellsOutSetsServicesAndRates) {
  const ReadPolicy read = parse_policy(
      "version: 1\n"
      "sets:\n"
      "  networks: {office: [192.0.2.0/24, 2001:db8::/32]}\n"
      "  ports: {web: [443, 80, 8000-8100]}\n"
      "services:\n"
      "  - name: www\n"
      "    address: 198.51.100.1\n"
      "    tcp: [web, {port: 22, from: office}]\n"
      "rates:\n"
      "  - {name: calm, limit: {rate: 20 syns/s, per: source}}\n");
  ASSERT_EQ(flaws_text(read), "");
  EXPECT_EQ(policy_text(read.policy),
            "version: 1\n"
            "rules:\n"
            "  - name: \"www.tcp.1\"\n"
            "    match:\n"
            "      destination: [\"198.51.100.1\"]\n"
            "      destination_port: [80, 443, 8000-8100]\n"
            "      protocol: [tcp]\n"
            "    verdict: pass\n"
            "  - name: \"www.tcp.2\"\n"
            "    match:\n"
            "      source: [\"192.0.2.0/24\", \"2001:db8::/32\"]\n"
            "      destination: [\"198.51.100.1\"]\n"
            "      destination_port: [22]\n"
            "      protocol: [tcp]\n"
            "    verdict: pass\n"
            "  - name: \"www.tcp.other\"\n"
            "    match:\n"
            "      destination: [\"198.51.100.1\"]\n"
            "      protocol: [tcp]\n"
            "      tcp_flags: [\"syn,!ack\"]\n"
            "    verdict: drop\n"
            "  - name: \"calm\"\n"
            "    verdict: {limit: [{rate: 20 syns/s, burst: 20, per: source}]}\n");
}

TEST(ExamplePolicy, HasNoFlaws) {
  std::ifstream file(EXAMPLE_POLICY);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const ReadPolicy read = parse_policy(text);
  EXPECT_EQ(flaws_text(read), "");
  EXPECT_GE(read.policy.rules.size(), 8U);
  EXPECT_EQ(parse_policy(policy_text(read.policy)).policy, read.policy);
}

}  // namespace
}  // namespace vedette
