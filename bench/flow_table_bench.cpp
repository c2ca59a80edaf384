// What user space's flow table costs: CPU nanoseconds a packet and bytes a flow, at 1k, 100k and 1M flows,
// for UDP and TCP packets one by one and
// by 32 (files), and for kernel records (live). Medians of 7.
//
//   flow_table_bench [FLOWS]...
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <random>
#include <span>
#include <vector>

#include "flow/flow_table.h"
#include "parse/protocols.h"

namespace vedette {
namespace {

constexpr int kRepeats = 7;
constexpr std::size_t kPackets = 2'000'000;

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Which flow each packet belongs to: all of them once, then in random order.
std::vector<std::uint32_t> order_of(std::size_t flows) {
  std::mt19937 random(1);
  std::vector<std::uint32_t> order(flows + kPackets);
  for (std::size_t i = 0; i < order.size(); i++)
    order[i] = static_cast<std::uint32_t>(i < flows ? i : random() % flows);
  return order;
}

struct Traffic {
  explicit Traffic(std::uint8_t protocol) {
    core.key.ip_version = 4;
    core.key.protocol = protocol;
    core.key.ifindex = 1;
    core.facts = VDT_FACT_IP | VDT_FACT_PORTS | (protocol == VDT_IP_TCP ? VDT_FACT_TCP : 0);
    core.length = 1000;
    core.payload_length = 946;
    core.tcp_flags = VDT_TCP_ACK;
    core.tcp_window = 1000;
  }

  // The next packet of flow number `flow`, in turn from either end.
  void next(std::uint32_t flow, std::size_t packet) {
    const bool reply = packet % 2 == 1;
    (reply ? core.key.dst : core.key.src).words[0] = 0x0a000000 + flow;
    (reply ? core.key.src : core.key.dst).words[0] = 0xc0a80001;
    (reply ? core.key.dst_port : core.key.src_port) = static_cast<std::uint16_t>(1024 + flow % 60000);
    (reply ? core.key.src_port : core.key.dst_port) = 443;
    core.tcp_seq = static_cast<std::uint32_t>(packet * 946);
    now += Nanoseconds(1000);
  }

  vdt_packet facts{};
  vdt_packet_core& core = facts.core;
  Nanoseconds now = std::chrono::seconds(1);
};

struct Figures {
  double ns_a_packet;
  double bytes_a_flow;
};

template <typename Add>
Figures measure(std::size_t flows, std::uint8_t protocol, Add&& add) {
  const std::vector<std::uint32_t> order = order_of(flows);
  std::array<double, kRepeats> ns{};
  double bytes = 0;
  for (double& one : ns) {
    FlowTable table({.max_flows = std::max<std::size_t>(flows, 1)});
    Traffic traffic(protocol);
    std::size_t packet = 0;
    for (; packet < flows; packet++) {
      traffic.next(order[packet], packet);
      add(table, traffic);
    }
    const double begun = cpu_ns();
    for (; packet < order.size(); packet++) {
      traffic.next(order[packet], packet);
      add(table, traffic);
    }
    one = (cpu_ns() - begun) / static_cast<double>(kPackets);
    bytes = static_cast<double>(table.memory()) / static_cast<double>(flows);
  }
  std::ranges::nth_element(ns, ns.begin() + kRepeats / 2);
  return {ns[kRepeats / 2], bytes};
}

void add_packet(FlowTable& table, const Traffic& traffic) {
  Packet packet;
  packet.time = traffic.now;
  packet.facts = &traffic.facts;
  table.add_packet(packet);
}

// As `vedette read` adds them.
class Batches {
 public:
  void operator()(FlowTable& table, const Traffic& traffic) {
    facts_[size_] = traffic.facts;
    packets_[size_].time = traffic.now;
    packets_[size_].facts = &facts_[size_];
    if (++size_ < facts_.size()) return;
    table.add_packets(std::span<const Packet>(packets_));
    size_ = 0;
  }

 private:
  std::array<vdt_packet, 32> facts_{};
  std::array<Packet, 32> packets_{};
  std::size_t size_ = 0;
};

void add_record(FlowTable& table, const Traffic& traffic) {
  RecordDelta delta;
  delta.key = &traffic.core.key;
  delta.packets = 3;
  delta.bytes = 3000;
  delta.first = delta.last = traffic.now;
  table.add_record(delta);
}

}  // namespace
}  // namespace vedette

int main(int argc, char** argv) {
  using namespace vedette;
  std::vector<std::size_t> sizes;
  for (int i = 1; i < argc; i++) sizes.push_back(std::strtoul(argv[i], nullptr, 10));
  if (sizes.empty()) sizes = {1'000, 100'000, 1'000'000};
  fmt::print("{:>10}  {:>12}  {:>14}  {:>14}\n", "flows", "fed with", "ns a packet", "bytes a flow");
  for (const std::size_t flows : sizes) {
    if (flows == 0) continue;
    const auto print = [&](const char* what, const Figures& figures) {
      fmt::print("{:>10}  {:>12}  {:>14.1f}  {:>14.1f}\n", flows, what, figures.ns_a_packet,
                 figures.bytes_a_flow);
    };
    print("UDP packets", measure(flows, VDT_IP_UDP, add_packet));
    print("TCP packets", measure(flows, VDT_IP_TCP, add_packet));
    print("UDP by 32", measure(flows, VDT_IP_UDP, Batches()));
    print("TCP by 32", measure(flows, VDT_IP_TCP, Batches()));
    print("records", measure(flows, VDT_IP_TCP, add_record));
  }
}
