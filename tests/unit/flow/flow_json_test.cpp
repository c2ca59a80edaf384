#include "flow/flow_json.h"

#include <gtest/gtest.h>

#include "flow/flow_table.h"
#include "packets.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using namespace testing;

std::string lines_of(FlowTable& flows) {
  fmt::memory_buffer out;
  flows.for_each([&](const FlowView& view) { append_flow_line(out, view); });
  return fmt::to_string(out);
}

TEST(FlowJson, TellsATcpFlowWhole) {
  FlowTable flows;
  TestPacket syn = tcp(kClient, kServer, 1s, {.flags = kSyn, .seq = 10});
  TestPacket syn_ack = tcp(kServer, kClient, 1s + 30us, {.flags = kSyn | kAck, .seq = 90, .ack = 11});
  TestPacket ack = tcp(kClient, kServer, 1s + 42us, {.flags = kAck, .seq = 11, .ack = 91});
  for (TestPacket* packet : {&syn, &syn_ack, &ack}) packet->facts.core.key.vlan[0] = 12;
  for (TestPacket* packet : {&syn, &syn_ack, &ack}) flows.add_packet(*packet);
  EXPECT_EQ(lines_of(flows),
            R"({"first_ns":1000000000,"last_ns":1000042000,"src_ip":"192.0.2.1","src_port":40000,)"
            R"("dst_ip":"198.51.100.2","dst_port":443,"protocol":"tcp","ip_version":4,"vlan":[12],)"
            R"("packets":2,"bytes":108,"reply_packets":1,"reply_bytes":54,"min_length":54,"max_length":54,)"
            R"("tcp_flags":"SA","reply_tcp_flags":"SA","state":"established","handshake_rtt_us":42,)"
            R"("retransmits":0,"reply_retransmits":0,"out_of_order":0,"zero_windows":0,"resets":0})"
            "\n");
}

TEST(FlowJson, LeavesOutPortsWhereThereAreNone) {
  FlowTable flows;
  flows.add_packet(ip_packet(VDT_IP_ICMPV6, {"2001:db8::1"}, {"2001:db8:0:0:1::"}, 5ns, 70));
  EXPECT_EQ(
      lines_of(flows),
      R"({"first_ns":5,"last_ns":5,"src_ip":"2001:db8::1","dst_ip":"2001:db8:0:0:1::","protocol":"icmpv6",)"
      R"("ip_version":6,"packets":1,"bytes":70,"reply_packets":0,"reply_bytes":0,"min_length":70,)"
      R"("max_length":70,"state":"new"})"
      "\n");
}

TEST(FlowJson, TellsTunnelAndRareFacts) {
  FlowTable flows;
  TestPacket packet = udp(kClient, kServer, 1ns);
  packet.facts.core.facts |= VDT_FACT_TUNNEL;
  packet.facts.core.key.tunnel_type = VDT_TUNNEL_VXLAN;
  packet.facts.core.key.tunnel_id = 77;
  packet.facts.outer = {};
  packet.facts.outer.ip_version = 4;
  packet.facts.outer.src.bytes[0] = 10;
  packet.facts.outer.dst.bytes[0] = 11;
  Packet view = packet;
  view.interface_name = "eth7";
  const FlowTable::Place place = flows.add_packet(view);
  FlowFacts& facts = flows.facts(*place.flow);
  facts.process = FlowFacts::Process{.pid = 7, .name = "curl", .cgroup = "/user.slice"};
  EXPECT_EQ(lines_of(flows),
            R"({"first_ns":1,"last_ns":1,"src_ip":"192.0.2.1","src_port":40000,"dst_ip":"198.51.100.2",)"
            R"("dst_port":443,"protocol":"udp","ip_version":4,)"
            R"("tunnel":{"type":"vxlan","id":77,"src_ip":"10.0.0.0","dst_ip":"11.0.0.0"},"interface":"eth7",)"
            R"("packets":1,"bytes":100,"reply_packets":0,"reply_bytes":0,"min_length":100,"max_length":100,)"
            R"("state":"new","process":{"pid":7,"name":"curl","cgroup":"/user.slice"}})"
            "\n");
}

TEST(FlowJson, ItsEndsHaveTheNamesOfItsBegin) {
  NameTable names;
  NamedAddress named{.name = "example.net", .ttl = std::chrono::seconds(300)};
  FlowTable flows;
  const FlowTable::Place place = flows.add_packet(udp(kClient, kServer, 1ns));
  named.address = place.flow->key.dst;
  const std::array answer{named};
  names.learn(answer, 0ns);
  fmt::memory_buffer out;
  JsonWriter json(out);
  flows.for_each([&](const FlowView& view) { write_flow(json, view, {.names = &names}); });
  EXPECT_NE(fmt::to_string(out).find(R"("state":"new","dst_name":"example.net"})"), std::string::npos)
      << fmt::to_string(out);
}

TEST(FlowJson, AnEndedFlowSaysWhy) {
  fmt::memory_buffer out;
  FlowTable flows({}, [&](const FlowView& view) { append_flow_line(out, view); });
  flows.add_packet(udp(kClient, kServer, 1ns));
  flows.finish();
  EXPECT_NE(fmt::to_string(out).find(R"("end":"finished"})"), std::string::npos);
}

}  // namespace
}  // namespace vedette
