// A packet program behind the flow benchmark's generator (bpf/flow_account.bpf.c), loaded for a number of
// flows and run by BPF_PROG_TEST_RUN.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/config.h"
#include "abi/counters.h"
#include "abi/flow_table.h"
#include "abi/lists.h"
#include "abi/rules.h"
#include "bpf/flow_draw.h"

namespace vedette::bench {

constexpr std::uint32_t kPayload = 64;  // bytes a packet; the generator's step
constexpr std::uint32_t kRingBytes = 8U << 20;
constexpr const char* kDecision = "vdt_decision_xdp";  // what the packet program ends by

// Ethernet, IPv4, TCP PSH+ACK, 64 bytes of payload; the generator fills in the flow.
inline std::vector<std::uint8_t> frame() {
  std::vector<std::uint8_t> bytes{2, 0,   0, 0, 0,  1, 2, 0, 0,  0, 0,    2,    8,   0, 0x45, 0, 0,   104,
                                  0, 1,   0, 0, 64, 6, 0, 0, 10, 0, 0,    1,    192, 0, 2,    7, 128, 0,
                                  1, 187, 0, 0, 0,  1, 0, 0, 0,  1, 0x50, 0x18, 2,   0, 0,    0, 0,   0};
  bytes.resize(14 + 40 + kPayload, 0x2a);
  return bytes;
}

[[noreturn]] inline void give_up(const std::string& why) {
  fmt::print(stderr, "bench: {}: {}\n", why, std::strerror(errno));
  std::exit(1);
}

inline void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof(set), &set) != 0) give_up(fmt::format("cannot stay on CPU {}", cpu));
}

// CPU time of this thread.
inline double thread_ns() {
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
      const std::string_view each_name = bpf_program__name(each);
      bpf_program__set_autoload(each, each_name == program || each_name == kDecision);
    }
    if (bpf_object__load(object_.get()) != 0) give_up("cannot load " + name_);
    program_ = bpf_program__fd(bpf_object__find_program_by_name(object_.get(), program));
    const int decision = bpf_program__fd(bpf_object__find_program_by_name(object_.get(), kDecision));
    const std::uint32_t first = 0;
    if (bpf_map_update_elem(fd("decide_xdp"), &first, &decision, BPF_ANY) != 0)
      give_up("cannot hand on in " + name_);
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

  // Puts a policy's rules into force (src/policy/rule_table.h).
  void rule(std::vector<std::byte> table) {
    table.resize(VDT_RULES_BYTES);
    const std::uint32_t only = 0;
    const int made = bpf_map_create(BPF_MAP_TYPE_ARRAY, "rules", sizeof(only), VDT_RULES_BYTES, 1, nullptr);
    if (made < 0 || bpf_map_update_elem(made, &only, table.data(), BPF_ANY) != 0 ||
        bpf_map_update_elem(fd("rules"), &only, &made, BPF_ANY) != 0)
      give_up("cannot put rules into force");
    close(made);
    vdt_switches switches{};
    switches.lists = VDT_LISTS_RULES;
    if (bpf_map_update_elem(fd(".data.switches"), &only, &switches, BPF_ANY) != 0)
      give_up("cannot switch rules on");
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
      sum.direction[0].rule_dropped_packets += one.direction[0].rule_dropped_packets;
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

inline double quantile(std::vector<double> figures, double at) {
  std::sort(figures.begin(), figures.end());
  return figures[static_cast<std::size_t>(at * static_cast<double>(figures.size() - 1) + 0.5)];
}

}  // namespace vedette::bench
