// What a packet costs that a policy's rules decide on, by BPF_PROG_TEST_RUN over random flows, beside a bare
// parse: 10, 1,000 and 10,000 rules, of which each packet's is any one, and 1,000 rules with 100,000
// prefixes. All drop, so that nothing else is paid for. Contenders take turns; one JSON object a line.
#include <random>

#include "flow_contender.h"
#include "flows_in_cache.bpf.h"
#include "policy/rule_table.h"

namespace {

using namespace vedette::bench;
using vedette::Rule;

constexpr int kRounds = 9;
constexpr int kRuns = 400'000;
constexpr int kCpu = 0;
constexpr std::uint32_t kFlows = 1'000'000;  // 62,500 sources of 10.0.0.0/16 with 16 ports each

// A host, a network of 256, or a larger one, as firewalls' rules name them.
vedette::Prefix network(std::mt19937& random) {
  const std::uint64_t drawn_length = random() % 10;
  const std::uint8_t length = drawn_length < 3 ? 32 : drawn_length < 8 ? 24 : 20;
  vdt_address address{};
  const std::uint32_t drawn = 0x0a000000 | (random() & 0xffff);
  for (int i = 0; i < 4; i++) address.bytes[i] = static_cast<std::uint8_t>(drawn >> (24 - 8 * i));
  return vedette::prefix_of(address, 4, length);
}

// `prefixes` more stand in the one before the last; the last one takes what is left.
std::vector<Rule> rules(std::size_t count, std::size_t prefixes) {
  std::mt19937 random(17);
  std::vector<Rule> rules(count);
  for (std::size_t i = 0; i < count; i++) {
    Rule& rule = rules[i];
    rule.name = fmt::format("r{}", i);
    rule.verdict = vedette::RuleVerdict::kDrop;
    if (i + 1 == count) break;
    rule.match.source = {network(random)};
    rule.match.protocol = {6};
    if (random() % 20 == 0) {
      const auto port = static_cast<std::uint16_t>(32768 + random() % 16);
      rule.match.source_port = {{port, port}};
    }
    const auto to = static_cast<std::uint16_t>(random() % 4 == 0 ? 443 : 1 + random() % 24);
    rule.match.destination_port = {{to, to}};
  }
  if (prefixes == 0) return rules;
  std::mt19937 elsewhere(18);
  for (std::size_t i = 0; i < prefixes; i++) {
    vdt_address address{};
    const auto drawn = static_cast<std::uint32_t>(elsewhere());
    std::memcpy(address.bytes, &drawn, sizeof drawn);
    rules[count - 2].match.source.push_back(
        vedette::prefix_of(address, 4, static_cast<std::uint8_t>(20 + elsewhere() % 13)));
  }
  return rules;
}

}  // namespace

int main() {
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  stay_on(kCpu);
  std::vector<std::unique_ptr<Contender>> contenders;
  const auto add = [&](const char* name, const char* program) {
    contenders.push_back(std::make_unique<Contender>(name, vedette::objects::flows_in_cache(), program, 16));
  };
  add("generator alone", "bench_vary");
  add("bare parse", "bench_bare");
  for (const auto& [name, count, prefixes] : {std::tuple{"10 rules", 10U, 0U},
                                              {"1000 rules", 1'000U, 0U},
                                              {"10000 rules", 10'000U, 0U},
                                              {"1000 rules with 100000 prefixes", 1'000U, 100'000U}}) {
    auto table = vedette::compile_rules(rules(count, prefixes), {});
    if (!table) give_up(table.error().text());
    add(name, "bench_full");
    contenders.back()->rule(std::move(*table));
  }
  for (int round = 0; round <= kRounds; ++round)
    for (auto& contender : contenders) {
      const double ns = contender->run(kFlows, kRuns, false);
      if (round > 0) contender->figures.push_back(ns);
    }
  for (const auto& contender : contenders)
    fmt::print(
        R"({{"contender":"{}","rounds":{},"median_ns":{},"low_ns":{},"high_ns":{},"packets":{},"dropped":{}}})"
        "\n",
        contender->name(), kRounds, quantile(contender->figures, 0.5), quantile(contender->figures, 0.25),
        quantile(contender->figures, 0.75), contender->counters().direction[0].packets,
        contender->counters().direction[0].rule_dropped_packets);
  return 0;
}
