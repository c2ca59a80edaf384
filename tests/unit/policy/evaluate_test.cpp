#include "policy/evaluate.h"

#include <gtest/gtest.h>

#include "policy/policy_file.h"

namespace vedette {
namespace {

Policy policy_of(std::string_view text) {
  const auto policy = read_policy(text, "policy.yaml");
  EXPECT_TRUE(policy) << policy.error().text();
  return policy.value_or(Policy());
}

vdt_packet tcp(const char* source, const char* destination, std::uint16_t port, std::uint8_t flags) {
  vdt_packet packet{};
  packet.core.key.src = parse_prefix(source)->address;
  packet.core.key.dst = parse_prefix(destination)->address;
  packet.core.key.ip_version = parse_prefix(source)->ip_version;
  packet.core.key.protocol = 6;
  packet.core.key.src_port = 40000;
  packet.core.key.dst_port = port;
  packet.core.tcp_flags = flags;
  packet.core.facts = VDT_FACT_IP | VDT_FACT_PORTS | VDT_FACT_TCP;
  packet.core.length = 74;
  packet.core.ttl = 64;
  return packet;
}

constexpr std::uint8_t kSyn = 0x02, kAck = 0x10;

Decision decide(const Policy& policy, const vdt_packet& packet, std::span<const std::uint8_t> payload = {}) {
  return evaluate(policy, {.packet = packet, .interface = "eth0", .country = {}, .payload = payload});
}

TEST(Evaluate, AllowsBeforeItBlocksBeforeItAsksRules) {
  const Policy policy = policy_of(
      "version: 1\n"
      "allow: [192.0.2.7]\n"
      "block: [192.0.2.0/24, {prefix: 198.51.100.0/24, observe: true}]\n"
      "rules: [{name: all, verdict: drop}]\n");
  EXPECT_EQ(decide(policy, tcp("192.0.2.7", "203.0.113.1", 22, kSyn)).by, DecidedBy::kAllow);
  EXPECT_EQ(decide(policy, tcp("192.0.2.8", "203.0.113.1", 22, kSyn)).by, DecidedBy::kBlock);
  EXPECT_EQ(decide(policy, tcp("198.51.100.8", "203.0.113.1", 22, kSyn)).by, DecidedBy::kRule);
  EXPECT_TRUE(decide(policy, tcp("2001:db8::1", "2001:db8::2", 22, kSyn)).drops());
}

TEST(Evaluate, BlocksByATunnelsEndToo) {
  const Policy policy = policy_of("version: 1\nblock: [198.51.100.0/24]\n");
  vdt_packet packet = tcp("192.0.2.7", "203.0.113.1", 22, kSyn);
  packet.core.facts |= VDT_FACT_TUNNEL;
  packet.outer.src = parse_prefix("198.51.100.9")->address;
  packet.outer.ip_version = 4;
  EXPECT_TRUE(decide(policy, packet).drops());
  packet.core.facts &= ~std::uint32_t{VDT_FACT_TUNNEL};
  EXPECT_FALSE(decide(policy, packet).drops());
}

TEST(Evaluate, TakesTheFirstRuleThatDoesNotOnlyCount) {
  const Policy policy = policy_of(
      "version: 1\n"
      "rules:\n"
      "  - {name: counts, match: {destination_port: 22}, verdict: drop, observe: true}\n"
      "  - {name: passes, match: {destination_port: 20-30}, verdict: pass}\n"
      "  - {name: drops, match: {destination_port: 22}, verdict: drop}\n");
  const Decision decision = decide(policy, tcp("192.0.2.7", "203.0.113.1", 22, kSyn));
  ASSERT_EQ(decision.by, DecidedBy::kRule);
  EXPECT_EQ(decision.rule->name, "passes");
  ASSERT_EQ(decision.observed.size(), 1U);
  EXPECT_EQ(decision.observed[0]->name, "counts");
  EXPECT_EQ(decide(policy, tcp("192.0.2.7", "203.0.113.1", 31, kSyn)).by, DecidedBy::kNothing);
}

// What passes by an earlier rule of the shadow, or by its allow-list, a later one wouldn't have dropped.
TEST(Evaluate, AsksAShadowForTheFirstOfItsRulesAndThenThoseInForce) {
  const Policy tried = policy_of(
      "version: 1\n"
      "allow: [192.0.2.9]\n"
      "block: [198.51.100.0/24, {prefix: 203.0.113.0/24, observe: true}]\n"
      "rules:\n"
      "  - {name: counts, match: {destination_port: 22}, verdict: drop, observe: true}\n"
      "  - {name: ssh, match: {destination_port: 22}, verdict: pass}\n"
      "  - {name: others, verdict: drop}\n");
  Policy both = policy_of("version: 1\nrules: [{name: ssh, match: {destination_port: 22}, verdict: drop}]\n");
  const Policy shadow = shadow_of(tried);
  both.rules.insert(both.rules.begin(), shadow.rules.begin(), shadow.rules.end());
  const auto shadowed = [&](const char* source, std::uint16_t port) {
    const Decision decision = decide(both, tcp(source, "203.0.113.1", port, kSyn));
    std::string told;
    for (const Rule* rule : decision.observed) told += rule->name + " ";
    return told + (decision.shadow ? decision.shadow->name : "") + (decision.drops() ? " dropped" : "");
  };
  EXPECT_EQ(shadowed("192.0.2.9", 80), "~(allow)");
  EXPECT_EQ(shadowed("192.0.2.9", 22), "~(allow) dropped");
  EXPECT_EQ(shadowed("198.51.100.1", 80), "~(block)");
  EXPECT_EQ(shadowed("203.0.113.7", 80), "~(block, observe) ~others");
  EXPECT_EQ(shadowed("192.0.2.1", 22), "~counts ~ssh dropped");
  EXPECT_EQ(shadowed("192.0.2.1", 80), "~others");
}

TEST(Evaluate, ServesWhatAProfileSaysAndGoesOnWithOwnConnections) {
  const Policy policy = policy_of(
      "version: 1\n"
      "services:\n"
      "  - name: www\n"
      "    address: 203.0.113.1\n"
      "    tcp: [443, {port: 22, from: 192.0.2.0/24}]\n");
  const auto drops = [&](const char* source, const char* destination, std::uint16_t port,
                         std::uint8_t flags) {
    return decide(policy, tcp(source, destination, port, flags)).drops();
  };
  EXPECT_FALSE(drops("198.51.100.1", "203.0.113.1", 443, kSyn));
  EXPECT_FALSE(drops("192.0.2.9", "203.0.113.1", 22, kSyn));
  EXPECT_TRUE(drops("198.51.100.1", "203.0.113.1", 22, kSyn));
  EXPECT_TRUE(drops("198.51.100.1", "203.0.113.1", 8080, kSyn));
  EXPECT_FALSE(drops("198.51.100.1", "203.0.113.1", 50000, kSyn | kAck)) << "the answer to one of its own";
  EXPECT_FALSE(drops("198.51.100.1", "203.0.113.2", 8080, kSyn)) << "another address";
}

TEST(Evaluate, LooksAtThePayloadUnderItsMask) {
  const Policy policy = policy_of(
      "version: 1\n"
      "rules: [{name: hello, match: {payload: {offset: 1, hex: '41 0f', mask: 'df 0f'}}, verdict: drop}]\n");
  const vdt_packet packet = tcp("192.0.2.7", "203.0.113.1", 22, kAck);
  const auto drops = [&](std::vector<std::uint8_t> payload) {
    return decide(policy, packet, payload).drops();
  };
  EXPECT_TRUE(drops({0, 0x61, 0xff}));
  EXPECT_TRUE(drops({9, 0x41, 0x0f, 3}));
  EXPECT_FALSE(drops({0, 0x61, 0xf0}));
  EXPECT_FALSE(drops({0, 0x61}));
}

}  // namespace
}  // namespace vedette
