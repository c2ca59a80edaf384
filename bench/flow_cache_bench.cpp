// What a packet costs in the packet program, by BPF_PROG_TEST_RUN over varied flows: the generator alone, a
// bare Ethernet/IP/port parse, the whole program over the flow cache, and the same program over the kernel's
// HASH, LRU_HASH and PERCPU_HASH. All contenders take their turn in each round, on one CPU; medians and their
// quartiles are printed as one JSON object a line.
#include <array>
#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>

#include "flow_contender.h"
#include "flows_in_cache.bpf.h"
#include "flows_in_hash.bpf.h"
#include "flows_in_lru_hash.bpf.h"
#include "flows_in_percpu_hash.bpf.h"
#include "policy/rule_table.h"

namespace {

using namespace vedette::bench;

constexpr int kRounds = 9;
constexpr int kRuns = 400'000;                    // a round and contender, at least
constexpr int kCpu = 0;                           // measured; the ring's reader runs on the next one
constexpr std::uint32_t kDefaultSlots = 131'072;  // of two CPUs' 2^18

// Empties a contender's ring on another CPU, as vedetted does.
class RingReader {
 public:
  explicit RingReader(int ring)
      : thread_([ring](const std::stop_token& stop) {
          stay_on((kCpu + 1) % static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
          ring_buffer* reader = ring_buffer__new(
              ring, [](void*, void*, std::size_t) { return 0; }, nullptr, nullptr);
          while (!stop.stop_requested() && reader != nullptr) {
            ring_buffer__consume(reader);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
          ring_buffer__free(reader);
        }) {}

 private:
  std::jthread thread_;
};

// A policy of a thousand rules, none of which is any flow's.
std::vector<std::byte> rules_for_others() {
  std::vector<vedette::Rule> rules(1000);
  for (std::size_t i = 0; i < rules.size(); i++) {
    rules[i].name = fmt::format("r{}", i);
    rules[i].verdict = vedette::RuleVerdict::kDrop;
    vdt_address address{};
    const std::array<std::size_t, 4> bytes{11, 0, i >> 8, i & 255};
    for (std::size_t at = 0; at < bytes.size(); at++)
      address.bytes[at] = static_cast<std::uint8_t>(bytes[at]);
    rules[i].match.source = {vedette::prefix_of(address, 4, 32)};
  }
  auto table = vedette::compile_rules(rules, {});
  if (!table) give_up(table.error().text());
  return std::move(*table);
}

void measure(std::uint32_t flows) {
  namespace objects = vedette::objects;
  // Twice as many slots as flows, and no fewer than a CPU has by default.
  const std::uint32_t roomy = std::max(kDefaultSlots, std::bit_ceil(flows) * 2);
  std::vector<std::unique_ptr<Contender>> contenders;
  const auto add = [&](const char* name, std::span<const std::byte> object, const char* program,
                       std::uint32_t slots) {
    contenders.push_back(std::make_unique<Contender>(name, object, program, slots));
  };
  add("generator alone", objects::flows_in_cache(), "bench_vary", 16);
  add("bare parse", objects::flows_in_cache(), "bench_bare", 16);
  add("flow cache", objects::flows_in_cache(), "bench_full", roomy);
  if (flows == 1'000) {
    add("flow cache, others are blocked", objects::flows_in_cache(), "bench_full", roomy);
    contenders.back()->block(11);
    add("flow cache, others fall under rules", objects::flows_in_cache(), "bench_full", roomy);
    contenders.back()->rule(rules_for_others());
    add("all are blocked", objects::flows_in_cache(), "bench_full", roomy);
    contenders.back()->block(10);
  }
  if (flows > 131'072)
    add("flow cache of 131072 slots", objects::flows_in_cache(), "bench_full", kDefaultSlots);
  add("HASH", objects::flows_in_hash(), "bench_full", flows);
  add("LRU_HASH", objects::flows_in_lru_hash(), "bench_full", flows);
  add("PERCPU_HASH", objects::flows_in_percpu_hash(), "bench_full", flows);
  for (auto& contender : contenders) contender->run(flows, static_cast<int>(flows), true);
  // The one before has swept the CPU's caches: each flow comes twice before the measurement begins, and twice
  // in it.
  const int runs = std::max(kRuns, 2 * static_cast<int>(flows));
  for (int round = 0; round < kRounds; ++round) {
    for (auto& contender : contenders) {
      const RingReader reader(contender->ring());
      contender->run(flows, runs, false);
      contender->figures.push_back(contender->run(flows, runs, false));
    }
  }
  for (const auto& contender : contenders) {
    const vdt_counters counted = contender->counters();
    fmt::print(
        R"({{"flows":{},"contender":"{}","rounds":{},"median_ns":{},"low_ns":{},"high_ns":{},"packets":{},"lost":{},"created":{},"evicted":{},"table_bytes":{}}})"
        "\n",
        flows, contender->name(), kRounds, quantile(contender->figures, 0.5),
        quantile(contender->figures, 0.25), quantile(contender->figures, 0.75), counted.direction[0].packets,
        counted.direction[0].lost_packets, counted.flows_created, counted.flows_evicted,
        contender->bytes_of_table());
  }
}

}  // namespace

// Numbers of flows as arguments; by default those of the targets.
int main(int argc, char** argv) {
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  stay_on(kCpu);
  std::vector<std::uint32_t> sizes;
  for (int at = 1; at < argc; ++at)
    sizes.push_back(static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10)));
  if (sizes.empty()) sizes = {1'000U, 100'000U, 1'000'000U};
  for (const std::uint32_t flows : sizes) measure(std::max(1U, flows));
  return 0;
}
