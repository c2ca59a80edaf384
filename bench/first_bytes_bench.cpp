// What telling first bytes and heads costs a packet, by BPF_PROG_TEST_RUN: the packet programs over one DNS
// datagram, as a flow that is quiet, as one whose every packet is told, and as one that finds the budget
// spent; and over an ARP reply, whose head is told to nobody, or told, or finds its budget spent. Every case
// takes its turn in each round; the medians are printed as a table.
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kernel/first_bytes.h"
#include "kernel/packet_heads.h"
#include "kernel/packet_programs.h"

namespace vedette {
namespace {

constexpr int kRounds = 7;
constexpr int kRuns = 20'000;  // a round; as many packets fit into the ring
constexpr const char* kPinFolder = "/sys/fs/bpf/vedette-first-bytes-bench";

// 10.1.2.3:40000 → 192.0.2.7:53, UDP, 60 bytes of payload.
std::vector<std::uint8_t> datagram() {
  std::vector<std::uint8_t> bytes{2,    0, 0,   0,  0, 1,  2,   0,  0,  0,  0, 2,  8,  0,
                                  0x45, 0, 0,   88, 0, 52, 0,   0,  64, 17, 0, 0,  10, 1,
                                  2,    3, 192, 0,  2, 7,  156, 64, 0,  53, 0, 68, 0,  0};
  bytes.resize(42 + 60, 0x2a);
  return bytes;
}

// 192.0.2.7 is at 02:00:00:00:00:02, in Ethernet's shortest frame.
std::vector<std::uint8_t> arp_reply() {
  std::vector<std::uint8_t> bytes{2, 0, 0, 0, 0, 1, 2, 0,   0, 0, 0, 2, 8, 6, 0, 1, 8, 0,  6, 4, 0,
                                  2, 2, 0, 0, 0, 0, 2, 192, 0, 2, 7, 2, 0, 0, 0, 0, 1, 10, 1, 2, 3};
  bytes.resize(60);
  return bytes;
}

// What lives while its packets are measured.
using Teller = std::shared_ptr<void>;

struct Case {
  const char* name;
  std::vector<std::uint8_t> (*frame)();
  std::function<Result<Teller>(PacketPrograms&)> open;
};

template <typename Tells>
Result<Teller> as_teller(Result<std::unique_ptr<Tells>> opened) {
  if (!opened) return std::unexpected(opened.error());
  return Teller(std::move(*opened));
}

auto first_bytes(FirstBytesOptions options) {
  return [options](PacketPrograms& programs) { return as_teller(FirstBytes::open(programs, options)); };
}

auto heads(PacketHeadOptions options) {
  options.ring_bytes = 8U << 20;
  return [options](PacketPrograms& programs) { return as_teller(PacketHeads::open(programs, options)); };
}

// Nobody is told anything.
Result<Teller> untold(PacketPrograms&) {
  return Teller();
}

const std::array kCases{
    Case{"untold", datagram, untold},
    Case{"quiet", datagram, first_bytes({.packets = 1, .endless_ports = {}})},
    Case{"told", datagram, first_bytes({.packets_a_second = 100'000'000, .kibibytes_a_second = 100'000'000})},
    Case{"over budget", datagram, first_bytes({.packets_a_second = 1})},
    Case{"ARP, untold", arp_reply, untold},
    Case{"ARP, head told", arp_reply, heads({.packets_a_second = 100'000'000})},
    Case{"ARP, over budget", arp_reply, heads({.packets_a_second = 1})},
};

// ns a run.
std::uint32_t run(int program, const Case& one, int repeat) {
  std::vector<std::uint8_t> bytes = one.frame();
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = bytes.data();
  options.data_size_in = static_cast<__u32>(bytes.size());
  options.repeat = repeat;
  return bpf_prog_test_run_opts(program, &options) == 0 ? options.duration : 0;
}

Result<void> measure(const char* name) {
  std::array<std::vector<std::uint32_t>, kCases.size()> figures;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t at = 0; at < kCases.size(); ++at) {
      // Loaded anew: a flow's credit is that of its beginning.
      auto programs = PacketPrograms::load({.flow_slots = 4096, .pin_folder = kPinFolder});
      if (!programs) return std::unexpected(programs.error());
      const auto program = programs->object().program_fd(name);
      if (!program) return std::unexpected(program.error());
      auto teller = kCases[at].open(*programs);
      if (!teller) return std::unexpected(teller.error());
      run(*program, kCases[at], 100);
      figures[at].push_back(run(*program, kCases[at], kRuns));
      teller->reset();
      programs->remove();
    }
  }
  for (std::size_t at = 0; at < kCases.size(); ++at) {
    std::sort(figures[at].begin(), figures[at].end());
    fmt::print("| {} | {} | {} |\n", name, kCases[at].name, figures[at][figures[at].size() / 2]);
  }
  return {};
}

Result<void> run_all() {
  fmt::print("| program | the packet is | ns (median of {}) |\n|---|---|---:|\n", kRounds);
  for (const char* name : {"vdt_ingress_xdp", "vdt_ingress_xdp_frags", "vdt_ingress_tc"})
    if (auto done = measure(name); !done) return done;
  return {};
}

}  // namespace
}  // namespace vedette

int main() {
  const auto done = vedette::run_all();
  if (done) return 0;
  fmt::print(stderr, "first_bytes_bench: {}\n", done.error().text());
  return 1;
}
