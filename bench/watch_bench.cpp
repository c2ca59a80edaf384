// What watching costs a packet: the packet programs over one frame by BPF_PROG_TEST_RUN, with nobody
// watching, with one watcher whose filter does not match, with one that does, and with more of them. Every
// case takes its turn in each round; the medians and their differences from nobody watching are printed as a
// table.
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernel/packet_programs.h"
#include "watch/watchers.h"

namespace vedette {
namespace {

constexpr int kRounds = 15;
constexpr int kRuns = 20'000;  // a round; as many packets fit into the ring
constexpr const char* kPinFolder = "/sys/fs/bpf/vedette-watch-bench";

// 10.1.2.3:40000 → 192.0.2.7:443, TCP, 120 bytes.
std::vector<std::uint8_t> frame() {
  std::vector<std::uint8_t> bytes{2,    0,   0, 0, 0,  1, 2, 0, 0,  0, 0,    2,    8,   0, 0x45, 0, 0,   106,
                                  0x12, 52,  0, 0, 64, 6, 0, 0, 10, 1, 2,    3,    192, 0, 2,    7, 156, 64,
                                  1,    187, 0, 0, 0,  1, 0, 0, 0,  1, 0x50, 0x10, 2,   0, 0,    0, 0,   0};
  bytes.resize(120, 0x2a);
  return bytes;
}

struct Case {
  const char* name;
  std::vector<const char*> filters;
  std::uint32_t snaplen;
  bool full_ring;  // nobody reads: every match is lost
};

const Case kCases[] = {
    {"nobody watches", {}, 96, false},
    {"1 watcher, udp port 53, no match", {"udp port 53"}, 96, false},
    {"1 watcher, icmp or icmp6, no match", {"icmp or icmp6"}, 96, false},
    {"1 watcher, tcp port 80 and net 10.0.0.0/8, no match", {"tcp port 80 and net 10.0.0.0/8"}, 96, false},
    {"4 watchers, no match", {"udp port 53", "icmp or icmp6", "arp", "tcp port 80"}, 96, false},
    {"1 watcher, tcp port 443, match, 96 bytes", {"tcp port 443"}, 96, false},
    {"1 watcher, tcp port 443, match, whole", {"tcp port 443"}, 65536, false},
    {"1 watcher, tcp port 443, match, ring full", {"tcp port 443"}, 96, true},
};

// ns a run.
std::uint32_t run(int program, std::vector<std::uint8_t>& bytes, int repeat) {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = bytes.data();
  options.data_size_in = static_cast<__u32>(bytes.size());
  options.repeat = repeat;
  return bpf_prog_test_run_opts(program, &options) == 0 ? options.duration : 0;
}

Result<void> measure(const PacketPrograms& programs, Watchers& watchers, const char* name) {
  const Result<int> program = programs.object().program_fd(name);
  if (!program) return std::unexpected(program.error());
  std::vector<std::uint8_t> bytes = frame();
  const Watchers::Tell ignore = [](WatchId, const vdt_watched_packet&, std::span<const std::uint8_t>) {};
  std::vector<std::vector<std::uint32_t>> figures(std::size(kCases));
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t at = 0; at < std::size(kCases); ++at) {
      std::vector<WatchId> ids;
      for (const char* filter : kCases[at].filters) {
        const Result<WatchId> added = watchers.add(filter, {.snaplen = kCases[at].snaplen});
        if (!added) return std::unexpected(added.error());
        ids.push_back(*added);
      }
      if (kCases[at].full_ring) run(*program, bytes, 10 * kRuns);
      figures[at].push_back(run(*program, bytes, kRuns));
      for (const WatchId id : ids) watchers.remove(id);
      while (watchers.drain(ignore)) continue;
    }
  }
  std::uint32_t off = 0;
  for (std::size_t at = 0; at < std::size(kCases); ++at) {
    std::sort(figures[at].begin(), figures[at].end());
    const std::uint32_t median = figures[at][figures[at].size() / 2];
    if (at == 0) off = median;
    fmt::print("| {} | {} | {} | {:+} |\n", name, kCases[at].name, median,
               static_cast<int>(median) - static_cast<int>(off));
  }
  return {};
}

Result<void> run_all() {
  Result<PacketPrograms> programs = PacketPrograms::load({.pin_folder = kPinFolder});
  if (!programs) return std::unexpected(programs.error());
  HandoverMaps maps;
  const std::pair<const char*, int*> named[] = {{"watch_handover", &maps.handover},
                                                {"watch_xdp", &maps.xdp},
                                                {"watch_xdp_frags", &maps.xdp_frags},
                                                {"watch_tc", &maps.tc}};
  for (const auto& [name, fd] : named) {
    const Result<int> found = programs->map_fd(name);
    if (!found) return std::unexpected(found.error());
    *fd = *found;
  }
  Result<std::unique_ptr<Watchers>> watchers =
      Watchers::open(maps, [&](bool watched) { programs->set_watched(watched); });
  if (!watchers) return std::unexpected(watchers.error());
  fmt::print("| program | case | ns a packet (median of {}) | above nobody watching |\n|---|---|---:|---:|\n",
             kRounds);
  Result<void> done;
  for (const char* name : {"vdt_ingress_xdp", "vdt_ingress_xdp_frags", "vdt_ingress_tc"}) {
    if (done) done = measure(*programs, **watchers, name);
  }
  programs->remove();
  return done;
}

}  // namespace
}  // namespace vedette

int main() {
  const vedette::Result<void> done = vedette::run_all();
  if (done) return 0;
  fmt::print(stderr, "watch_bench: {}\n", done.error().text());
  return done.error().exit_status();
}
