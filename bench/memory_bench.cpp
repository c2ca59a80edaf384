// What a flow costs in user space, by what it was made of: the process' anonymous memory before and after a
// table of flows was filled, each kind in a process of its own. One JSON object a line.
//
//   memory_bench [FLOWS]      (1,000,000)
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "flow/flow_table.h"
#include "parse/protocols.h"

namespace vedette {
namespace {

std::size_t anonymous_bytes() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::string name;
  std::size_t kib = 0;
  while (rollup >> name)
    if (name == "Anonymous:" && rollup >> kib) return kib * 1024;
  std::fputs("memory_bench: /proc/self/smaps_rollup tells no anonymous memory\n", stderr);
  std::exit(1);
}

vdt_flow_key key_of(std::size_t flow, std::uint8_t protocol) {
  vdt_flow_key key{};
  key.ip_version = 4;
  key.protocol = protocol;
  key.ifindex = 1;
  key.src.words[0] = 0x0a000000 + static_cast<std::uint32_t>(flow);
  key.dst.words[0] = 0xc0a80001;
  key.src_port = static_cast<std::uint16_t>(1024 + flow % 60000);
  key.dst_port = 443;
  return key;
}

void add_packet(FlowTable& table, std::size_t flow, std::uint8_t protocol) {
  vdt_packet facts{};
  facts.core.key = key_of(flow, protocol);
  facts.core.facts = VDT_FACT_IP | VDT_FACT_PORTS | (protocol == VDT_IP_TCP ? VDT_FACT_TCP : 0);
  facts.core.length = 1000;
  facts.core.payload_length = 946;
  facts.core.tcp_flags = VDT_TCP_ACK;
  Packet packet;
  packet.time = std::chrono::seconds(1);
  packet.facts = &facts;
  table.add_packet(packet);
}

Flow& add_record(FlowTable& table, const vdt_flow_key& key) {
  RecordDelta delta;
  delta.key = &key;
  delta.packets = 3;
  delta.bytes = 3000;
  delta.first = delta.last = std::chrono::seconds(1);
  return *table.add_record(delta).flow;
}

void add_owned_record(FlowTable& table, std::size_t flow) {
  const vdt_flow_key key = key_of(flow, VDT_IP_TCP);
  const Flow& made = add_record(table, key);
  table.facts(made).process = FlowFacts::Process{1234, "nginx", "/system.slice/nginx.service"};
}

void add_tunnelled_record(FlowTable& table, std::size_t flow) {
  vdt_flow_key key = key_of(flow, VDT_IP_TCP);
  key.tunnel_type = VDT_TUNNEL_GTPU;
  key.tunnel_id = 7;
  add_record(table, key);
}

// In a child, so that each kind begins with an empty heap.
void measure(const char* what, std::size_t flows, const std::function<void(FlowTable&, std::size_t)>& add) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child != 0) {
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) std::exit(1);
    return;
  }
  const std::size_t before = anonymous_bytes();
  FlowTable table({.max_flows = flows});
  for (std::size_t flow = 0; flow < flows; flow++) add(table, flow);
  const double bytes = static_cast<double>(anonymous_bytes() - before) / static_cast<double>(flows);
  fmt::print(R"({{"memory":"flow table","what":"{}","flows":{},"bytes_a_flow":{:.1f}}})"
             "\n",
             what, table.live(), bytes);
  std::fflush(stdout);
  _exit(0);
}

}  // namespace
}  // namespace vedette

int main(int argc, char** argv) {
  using namespace vedette;
  const std::size_t flows = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000;
  if (flows == 0) {
    std::fputs("memory_bench [FLOWS]: expected a number above 0\n", stderr);
    return 2;
  }
  measure("live: kernel records", flows,
          [](FlowTable& table, std::size_t flow) { add_record(table, key_of(flow, VDT_IP_TCP)); });
  measure("live: kernel records, each with its process", flows, add_owned_record);
  measure("live: kernel records, each in a GTP-U tunnel", flows, add_tunnelled_record);
  measure("files: UDP packets", flows,
          [](FlowTable& table, std::size_t flow) { add_packet(table, flow, VDT_IP_UDP); });
  measure("files: TCP packets", flows,
          [](FlowTable& table, std::size_t flow) { add_packet(table, flow, VDT_IP_TCP); });
}
