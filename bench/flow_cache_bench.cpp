// What a packet costs in the packet program, by BPF_PROG_TEST_RUN over varied flows: the generator alone, a
// bare Ethernet/IP/port parse, the whole program over the flow cache, and the same program over the kernel's
// HASH, LRU_HASH and PERCPU_HASH. All contenders take their turn in each round, on one CPU; medians and their
// quartiles are printed as one JSON object a line.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "abi/config.h"
#include "abi/counters.h"
#include "abi/flow_table.h"
#include "abi/lists.h"
#include "bpf/flow_draw.h"
#include "flows_in_cache.bpf.h"
#include "flows_in_hash.bpf.h"
#include "flows_in_lru_hash.bpf.h"
#include "flows_in_percpu_hash.bpf.h"

namespace {

constexpr int kRounds = 9;
constexpr int kRuns = 400'000;                    // a round and contender, at least
constexpr int kCpu = 0;                           // measured; the ring's reader runs on the next one
constexpr std::uint32_t kDefaultSlots = 131'072;  // of two CPUs' 2^18
constexpr std::uint32_t kPayload = 64;            // bytes a packet; the generator's step
constexpr std::uint32_t kRingBytes = 8U << 20;

// Ethernet, IPv4, TCP PSH+ACK, 64 bytes of payload; the generator fills in the flow.
std::vector<std::uint8_t> frame() {
  std::vector<std::uint8_t> bytes{2, 0,   0, 0, 0,  1, 2, 0, 0,  0, 0,    2,    8,   0, 0x45, 0, 0,   104,
                                  0, 1,   0, 0, 64, 6, 0, 0, 10, 0, 0,    1,    192, 0, 2,    7, 128, 0,
                                  1, 187, 0, 0, 0,  1, 0, 0, 0,  1, 0x50, 0x18, 2,   0, 0,    0, 0,   0};
  bytes.resize(14 + 40 + kPayload, 0x2a);
  return bytes;
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "flow_cache_bench: {}: {}\n", why, std::strerror(errno));
  std::exit(1);
}

void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof(set), &set) != 0) give_up(fmt::format("cannot stay on CPU {}", cpu));
}

// CPU time of this thread.
double thread_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// One object loaded for a number of flows. One thread.
class Contender {
 public:
  // `slots`: of the flow cache for this CPU, or entries of the kernel map; whichever the object has.
  Contender(std::string name, std::span<const std::byte> object, const char* program, std::uint32_t slots)
      : name_(std::move(name)) {
    bpf_object_open_opts options{};
    options.sz = sizeof(options);
    options.object_name = "bench";
    object_.reset(bpf_object__open_mem(object.data(), object.size(), &options));
    if (!object_) give_up("cannot open " + name_);
    vdt_config config{};
    std::uint64_t key = 0x9e3779b97f4a7c15ULL;
    for (auto& hash_key : config.hash_keys)
      hash_key = (key = key * 6364136223846793005ULL + 1442695040888963407ULL) | 1;
    config.cpus = 1;
    config.sets_mask = std::bit_ceil(std::max(1U, slots / VDT_FLOW_TAGS)) - 1;
    resize("flow_sets", config.sets_mask + 1);
    resize("kernel_flows", slots);
    resize("work", VDT_INTERFACE_SLOTS);
    resize("telemetry", kRingBytes);
    bpf_map__set_initial_value(bpf_object__find_map_by_name(object_.get(), ".rodata.config"), &config,
                               sizeof(config));
    bpf_program* each = nullptr;
    bpf_object__for_each_program(each, object_.get()) {
      bpf_program__set_autoload(each, std::string_view(bpf_program__name(each)) == program);
    }
    if (bpf_object__load(object_.get()) != 0) give_up("cannot load " + name_);
    program_ = bpf_program__fd(bpf_object__find_program_by_name(object_.get(), program));
    draw_ = bpf_map__fd(bpf_object__find_map_by_name(object_.get(), ".data.bench"));
    bytes_of_table_ = table_bytes(config, slots);
  }

  // Puts a network of sources on the block-list: 10.0.0.0/8, which all flows' are of, or 11.0.0.0/8.
  void block(std::uint8_t network) {
    const int entries = fd("block4"), bits = fd("block_bits4"), switched = fd(".data.switches");
    const vdt_prefix4 prefix{.length = 8, .address = {network}, .zero = {}};
    const vdt_listed entry{};
    if (bpf_map_update_elem(entries, &prefix, &entry, BPF_ANY) != 0) give_up("cannot block");
    const std::uint64_t all = ~std::uint64_t{0};
    const std::uint32_t first = vdt_block_bit4(prefix.address) / 64;
    for (std::uint32_t word = first; word < first + 0x10000 / 64; ++word)
      bpf_map_update_elem(bits, &word, &all, BPF_ANY);
    vdt_switches switches{};
    const std::uint32_t only = 0;
    switches.lists = VDT_LISTS_BLOCK;
    if (bpf_map_update_elem(switched, &only, &switches, BPF_ANY) != 0) give_up("cannot switch the lists on");
  }

  // ns a packet over `runs` packets of flows drawn from `flows`; at random, or each after the other.
  double run(std::uint32_t flows, int runs, bool in_turn) {
    const bench_draw draw{.flows = flows,
                          .in_turn = in_turn ? 1U : 0U,
                          .random = 1,
                          .turn = 0,
                          .sequence = sequence_,
                          .sum = 0};
    sequence_ += static_cast<std::uint32_t>(runs) * kPayload;
    const std::uint32_t only = 0;
    bpf_map_update_elem(draw_, &only, &draw, BPF_ANY);
    std::vector<std::uint8_t> bytes = frame();
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = bytes.data();
    options.data_size_in = static_cast<__u32>(bytes.size());
    options.repeat = runs;
    // The kernel's own figure has whole nanoseconds alone. A signal, were it only another thread's end,
    // breaks a run off.
    double begun = thread_ns();
    while (bpf_prog_test_run_opts(program_, &options) != 0) {
      if (errno != EINTR) give_up("cannot run " + name_);
      begun = thread_ns();
    }
    return (thread_ns() - begun) / runs;
  }

  // Of what the program saw: arrived packets, those that found no room, and evicted flows.
  vdt_counters counters() const {
    std::vector<std::byte> work(bpf_map__value_size(work_map()));
    vdt_counters sum{};
    for (std::uint32_t slot = 0; slot < VDT_INTERFACE_SLOTS; ++slot) {
      bpf_map_lookup_elem(bpf_map__fd(work_map()), &slot, work.data());
      vdt_counters one;
      std::memcpy(&one, work.data(), sizeof(one));
      sum.direction[0].packets += one.direction[0].packets;
      sum.direction[0].lost_packets += one.direction[0].lost_packets;
      sum.flows_created += one.flows_created;
      sum.flows_evicted += one.flows_evicted;
    }
    return sum;
  }

  int ring() const { return bpf_map__fd(bpf_object__find_map_by_name(object_.get(), "telemetry")); }
  const std::string& name() const { return name_; }
  std::uint64_t bytes_of_table() const { return bytes_of_table_; }
  std::vector<double> figures;

 private:
  struct Close {
    void operator()(bpf_object* object) const { bpf_object__close(object); }
  };

  int fd(const char* map) const { return bpf_map__fd(bpf_object__find_map_by_name(object_.get(), map)); }

  bpf_map* work_map() const { return bpf_object__find_map_by_name(object_.get(), "work"); }

  void resize(const char* map, std::uint32_t entries) {
    if (bpf_map* found = bpf_object__find_map_by_name(object_.get(), map))
      if (bpf_map__set_max_entries(found, entries) != 0) give_up(fmt::format("cannot resize {}", map));
  }

  // The kernel's hash maps add 48 bytes (an LRU's 56) before each key; bpftool's memlock says as much.
  std::uint64_t table_bytes(const vdt_config& config, std::uint32_t slots) const {
    if (bpf_object__find_map_by_name(object_.get(), "kernel_flows") == nullptr)
      return (config.sets_mask + 1ULL) * sizeof(vdt_flow_set);
    return slots * (48ULL + sizeof(vdt_flow_key) + sizeof(vdt_flow_record));
  }

  std::string name_;
  std::unique_ptr<bpf_object, Close> object_;
  int program_ = -1;
  int draw_ = -1;
  std::uint32_t sequence_ =
      0;  // a run's segments go on where the last one's ended, else all would be retransmissions
  std::uint64_t bytes_of_table_ = 0;
};

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

double quantile(std::vector<double> figures, double at) {
  std::sort(figures.begin(), figures.end());
  return figures[static_cast<std::size_t>(at * static_cast<double>(figures.size() - 1) + 0.5)];
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
