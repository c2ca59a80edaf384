// What it costs to ask whether a source is in a feed of 2^20 IPv4 addresses, by BPF_PROG_TEST_RUN: the feeds'
// table behind its bits, and the kernel's trie with the same entries, for addresses at random and for those
// of the entries (hits, counted). The generator's own time is taken off. All take their turn in each round;
// medians and quartiles, a JSON object a line.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <feed_lookup.bpf.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "abi/config.h"
#include "act/block_bits.h"
#include "act/feed_table.h"
#include "kernel/pin_directory.h"

namespace {

using namespace vedette;

constexpr int kRounds = 9;
constexpr int kRuns = 2'000'000;
constexpr std::uint32_t kEntries = 1 << 20;

struct Draw {
  std::uint64_t random = 1;
  std::uint64_t hits = 0;
  std::uint32_t of_entries = 0;
  std::uint32_t zero = 0;
};

struct Close {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using Object = std::unique_ptr<bpf_object, Close>;

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "feed_bench: {}: {}\n", why, std::strerror(errno));
  std::exit(1);
}

int map_of(const Object& object, const char* name) {
  const int fd = bpf_object__find_map_fd_by_name(object.get(), name);
  if (fd < 0) give_up(std::string("no map ") + name);
  return fd;
}

void fill(const Object& object) {
  std::mt19937 random(3);
  std::vector<FedPrefix> prefixes;
  while (prefixes.size() < kEntries) {
    for (std::uint32_t left = kEntries - static_cast<std::uint32_t>(prefixes.size()); left > 0; left--) {
      vdt_address address{};
      address.words[0] = static_cast<std::uint32_t>(random());
      prefixes.push_back({.prefix = prefix_of(address, 4, 32), .until = 0, .drops_until = 0, .feeds = 1});
    }
    put_together(prefixes);
  }
  const auto table = FeedTable::make(prefixes, {"bench"});
  if (!table) give_up(table.error().text());
  auto bits = BlockBits::map(map_of(object, "block_bits4"), map_of(object, "block_bits6"));
  if (!bits) give_up(bits.error().text());
  bits->widen(table->bits());
  const std::uint32_t only = 0;
  auto pins = PinDirectory::open(fmt::format("/sys/fs/bpf/vedette_bench_{}", getpid()));
  if (!pins) give_up(pins.error().text());
  if (auto put = table->put_into(map_of(object, "feeds"), pins->folder()); !put) give_up(put.error().text());
  pins->remove();
  vdt_switches switches{};
  switches.lists = VDT_LISTS_BLOCK | VDT_LISTS_FEEDS;
  if (bpf_map_update_elem(map_of(object, ".data.switches"), &only, &switches, BPF_ANY) != 0)
    give_up("cannot switch");
  const int trie = map_of(object, "trie"), drawn = map_of(object, "drawn");
  for (std::uint32_t at = 0; at < kEntries; at++) {
    vdt_prefix4 key{.length = 32, .address = {}, .zero = {}};
    std::memcpy(key.address, prefixes[at].prefix.address.bytes, sizeof key.address);
    const std::uint64_t value = 0;
    if (bpf_map_update_elem(trie, &key, &value, BPF_ANY) != 0) give_up("cannot fill the trie");
    bpf_map_update_elem(drawn, &at, key.address, BPF_ANY);
  }
  fmt::print(stderr, "{} entries\n", table->size());
}

double now_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double run(const Object& object, const char* program, bool of_entries, std::uint64_t seed, double& hits) {
  const int fd = bpf_program__fd(bpf_object__find_program_by_name(object.get(), program));
  const int draws = map_of(object, ".data.bench");
  const std::uint32_t only = 0;
  Draw draw{.random = seed, .hits = 0, .of_entries = of_entries, .zero = 0};
  if (bpf_map_update_elem(draws, &only, &draw, BPF_ANY) != 0) give_up("cannot draw");
  std::array<std::uint8_t, 64> frame{};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_size_in = frame.size(),
              .repeat = kRuns);
  const double begun = now_ns();
  if (bpf_prog_test_run_opts(fd, &options) != 0) give_up("cannot run");
  const double taken = (now_ns() - begun) / kRuns;
  bpf_map_lookup_elem(draws, &only, &draw);
  hits = static_cast<double>(draw.hits) / kRuns;
  return taken;
}

}  // namespace

int main() {
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "bench");
  const auto bytes = objects::feed_lookup();
  const Object object(bpf_object__open_mem(bytes.data(), bytes.size(), &options));
  if (!object || bpf_object__load(object.get()) != 0) give_up("cannot load");
  fill(object);
  for (const bool of_entries : {false, true}) {
    std::array<std::vector<double>, 2> figures;
    std::array<double, 2> hits{};
    for (std::uint64_t round = 1; round <= kRounds; round++) {
      double ignored = 0;
      const double alone = run(object, "bench_draw", of_entries, round, ignored);
      figures[0].push_back(run(object, "bench_feeds", of_entries, round, hits[0]) - alone);
      figures[1].push_back(run(object, "bench_trie", of_entries, round, hits[1]) - alone);
    }
    for (std::size_t at = 0; at < 2; at++) {
      std::ranges::sort(figures[at]);
      fmt::print(
          "{{\"contender\":\"{}\",\"addresses\":\"{}\",\"median_ns\":{:.1f},\"low_ns\":{:.1f},\"high_ns\":{:."
          "1f},\"hits\":{:.4f}}}\n",
          at == 0 ? "feed table" : "kernel's trie", of_entries ? "of entries" : "random",
          figures[at][kRounds / 2], figures[at][kRounds / 4], figures[at][kRounds * 3 / 4], hits[at]);
    }
  }
  return 0;
}
