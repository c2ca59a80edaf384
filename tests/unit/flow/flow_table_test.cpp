#include "flow/flow_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "packets.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using namespace testing;

struct Told {
  Flow flow;
  FlowEnd end;
};

// A table and what it told.
class FlowTableTest : public ::testing::Test {
 protected:
  FlowTable& table(FlowOptions options = {}) {
    table_.emplace(options, [this](const FlowView& view) { told.push_back({view.flow, view.end}); });
    return *table_;
  }

  std::vector<Told> told;

 private:
  std::optional<FlowTable> table_;
};

TEST_F(FlowTableTest, BothDirectionsAreOneFlow) {
  FlowTable& flows = table();
  flows.add_packet(udp(kClient, kServer, 1s, 60));
  flows.add_packet(udp(kServer, kClient, 2s, 1400));
  flows.add_packet(udp(kServer, kClient, 3s, 90));
  flows.finish();
  ASSERT_EQ(told.size(), 1U);
  const Flow& flow = told[0].flow;
  EXPECT_EQ(flow.key.src_port, kClient.port);
  EXPECT_EQ(flow.sent[kInitiator].packets, 1U);
  EXPECT_EQ(flow.sent[kInitiator].bytes, 60U);
  EXPECT_EQ(flow.sent[kResponder].packets, 2U);
  EXPECT_EQ(flow.sent[kResponder].bytes, 1490U);
  EXPECT_EQ(flow.min_length, 60U);
  EXPECT_EQ(flow.max_length, 1400U);
  EXPECT_EQ(flow.first, 1s);
  EXPECT_EQ(flow.last, 3s);
  EXPECT_EQ(flow_state(flow), FlowState::kReplied);
  EXPECT_EQ(told[0].end, FlowEnd::kFinished);
}

TEST_F(FlowTableTest, VlanTunnelAndInterfaceTellFlowsApart) {
  FlowTable& flows = table();
  TestPacket plain = udp(kClient, kServer, 1s);
  TestPacket tagged = plain;
  tagged.facts.core.key.vlan[0] = 7;
  TestPacket tunnelled = plain;
  tunnelled.facts.core.key.tunnel_type = VDT_TUNNEL_VXLAN;
  tunnelled.facts.core.key.tunnel_id = 9;
  TestPacket elsewhere = plain;
  elsewhere.facts.core.key.ifindex = 2;
  for (const TestPacket& packet : {plain, tagged, tunnelled, elsewhere}) flows.add_packet(packet);
  EXPECT_EQ(flows.live(), 4U);
}

TEST_F(FlowTableTest, GtpTunnelIdsDifferByDirectionAndMakeOneFlow) {
  FlowTable& flows = table();
  TestPacket up = udp(kClient, kServer, 1s);
  up.facts.core.key.tunnel_type = VDT_TUNNEL_GTPU;
  up.facts.core.key.tunnel_id = 0x11;
  up.facts.core.facts |= VDT_FACT_TUNNEL;
  TestPacket down = udp(kServer, kClient, 2s);
  down.facts.core.key.tunnel_type = VDT_TUNNEL_GTPU;
  down.facts.core.key.tunnel_id = 0x22;
  down.facts.core.facts |= VDT_FACT_TUNNEL;
  flows.add_packet(up);
  flows.add_packet(down);
  EXPECT_EQ(flows.live(), 1U);
  flows.for_each([](const FlowView& view) {
    ASSERT_NE(view.tunnel, nullptr);
    EXPECT_EQ(view.tunnel->id, 0x11U);
  });
}

TEST_F(FlowTableTest, SynSenderIsTheInitiator) {
  FlowTable& flows = table();
  flows.add_packet(tcp(kServer, kClient, 1s, {.flags = kAck, .seq = 5}));
  flows.add_packet(tcp(kClient, kServer, 2s, {.flags = kSyn, .seq = 100}));
  flows.finish();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].flow.key.dst_port, kServer.port);
  EXPECT_EQ(told[0].flow.sent[kInitiator].packets, 1U);
  EXPECT_EQ(told[0].flow.tcp_flags[kInitiator], kSyn);
  EXPECT_EQ(told[0].flow.tcp_flags[kResponder], kAck);
}

TEST_F(FlowTableTest, SynAckFirstMakesItsReceiverTheInitiator) {
  FlowTable& flows = table();
  flows.add_packet(tcp(kServer, kClient, 1s, {.flags = kSyn | kAck}));
  flows.finish();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].flow.key.dst_port, kServer.port);
  EXPECT_EQ(told[0].flow.sent[kInitiator].packets, 0U);
  EXPECT_EQ(told[0].flow.sent[kResponder].packets, 1U);
  EXPECT_EQ(flow_state(told[0].flow), FlowState::kSynReceived);
}

TEST_F(FlowTableTest, FirstSenderIsTheInitiatorWhereNoSynWasSeen) {
  FlowTable& flows = table();
  flows.add_packet(tcp(kServer, kClient, 1s, {.flags = kAck}));
  flows.add_packet(tcp(kClient, kServer, 2s, {.flags = kAck}));
  flows.finish();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].flow.key.src_port, kServer.port);
  EXPECT_EQ(flow_state(told[0].flow), FlowState::kEstablished);
}

TEST_F(FlowTableTest, TcpStatesFollowTheFlags) {
  FlowTable& flows = table();
  const auto state = [&](const TestPacket& packet) { return flow_state(*flows.add_packet(packet).flow); };
  EXPECT_EQ(state(tcp(kClient, kServer, 1s, {.flags = kSyn, .seq = 10})), FlowState::kSynSent);
  EXPECT_EQ(state(tcp(kServer, kClient, 2s, {.flags = kSyn | kAck, .seq = 20, .ack = 11})),
            FlowState::kSynReceived);
  EXPECT_EQ(state(tcp(kClient, kServer, 3s, {.flags = kAck, .seq = 11, .ack = 21})), FlowState::kEstablished);
  EXPECT_EQ(state(tcp(kClient, kServer, 4s, {.flags = kFin | kAck, .seq = 11, .ack = 21})),
            FlowState::kClosing);
  EXPECT_EQ(state(tcp(kServer, kClient, 4s, {.flags = kFin | kAck, .seq = 21, .ack = 12})),
            FlowState::kClosed);
  EXPECT_EQ(state(tcp(kServer, kClient, 4s, {.flags = kRst, .seq = 22})), FlowState::kClosed);
  EXPECT_EQ(flows.live(), 1U);
}

TEST_F(FlowTableTest, HandshakeRttRunsFromSynToCompletingAck) {
  FlowTable& flows = table();
  flows.add_packet(tcp(kClient, kServer, 1'000ms, {.flags = kSyn, .seq = 10}));
  flows.add_packet(tcp(kServer, kClient, 1'020ms, {.flags = kSyn | kAck, .seq = 20, .ack = 11}));
  const auto place = flows.add_packet(tcp(kClient, kServer, 1'023ms, {.flags = kAck, .seq = 11, .ack = 21}));
  EXPECT_EQ(place.flow->handshake_rtt_us, 23'000U);
}

TEST_F(FlowTableTest, RttIsTheSumOfBothSidesDataToAck) {
  FlowTable& flows = table();
  flows.add_packet(tcp(kClient, kServer, 100ms, {.seq = 10, .ack = 20, .payload = 5}));
  flows.add_packet(tcp(kServer, kClient, 130ms, {.seq = 20, .ack = 15, .payload = 7}));
  const auto place = flows.add_packet(tcp(kClient, kServer, 132ms, {.seq = 15, .ack = 27}));
  EXPECT_EQ(place.flow->rtt_us, 32'000U);
}

TEST_F(FlowTableTest, NewSynOnClosedTupleIsANewFlow) {
  FlowTable& flows = table();
  flows.add_packet(tcp(kClient, kServer, 1s, {.flags = kSyn, .seq = 10}));
  flows.add_packet(tcp(kServer, kClient, 2s, {.flags = kRst | kAck, .seq = 0, .ack = 11}));
  flows.add_packet(tcp(kClient, kServer, 3s, {.flags = kSyn, .seq = 10}));  // the same SYN again: no new flow
  EXPECT_TRUE(told.empty());
  flows.add_packet(tcp(kClient, kServer, 4s, {.flags = kSyn, .seq = 999}));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].end, FlowEnd::kClosed);
  EXPECT_EQ(told[0].flow.resets, 1U);
  EXPECT_EQ(flows.live(), 1U);
}

TEST_F(FlowTableTest, NewSynOnOpenTupleStaysInItsFlow) {
  FlowTable& flows = table();
  flows.add_packet(tcp(kClient, kServer, 1s, {.flags = kSyn, .seq = 10}));
  flows.add_packet(tcp(kClient, kServer, 2s, {.flags = kSyn, .seq = 4000}));
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(flows.live(), 1U);
}

// A kernel record of one direction, whose first segment had `first_flags`.
void add_record(FlowTable& flows, const End& from, const End& to, Nanoseconds first, Nanoseconds last,
                std::uint8_t first_flags, std::uint8_t all_flags) {
  const TestPacket packet = tcp(from, to, first, {});
  flows.add_record({.key = &packet.facts.core.key,
                    .packets = 1,
                    .bytes = 60,
                    .first = first,
                    .last = last,
                    .tcp_flags = all_flags,
                    .first_tcp_flags = first_flags,
                    .begins = true});
}

TEST_F(FlowTableTest, InitiatorSentTheFirstPacketInWhateverOrderRecordsCome) {
  struct Record {
    const End &from, &to;
    Nanoseconds first;
  };
  // The client went on on another CPU.
  const Record kRecords[] = {{kClient, kServer, 1s}, {kServer, kClient, 2s}, {kClient, kServer, 3s}};
  std::array<std::size_t, 3> order{0, 1, 2};
  do {
    FlowTable& flows = table();
    for (const std::size_t at : order)
      add_record(flows, kRecords[at].from, kRecords[at].to, kRecords[at].first, 4s, kAck, kAck);
    flows.for_each([&](const FlowView& view) {
      EXPECT_EQ(view.flow.first, 1s);
      EXPECT_EQ(view.flow.sent[kInitiator].packets, 2U) << order[0] << order[1] << order[2];
      EXPECT_EQ(view.flow.sent[kResponder].packets, 1U);
    });
  } while (std::ranges::next_permutation(order).found);
}

TEST_F(FlowTableTest, AClockThatIsSetBackTurnsNoFlowRound) {
  FlowTable& flows = table();
  add_record(flows, kClient, kServer, 11s, 12s, kAck, kAck);
  add_record(flows, kServer, kClient, 12s, 13s, kAck, kAck);
  const TestPacket reply = tcp(kServer, kClient, 2s, {});
  flows.add_record({.key = &reply.facts.core.key, .packets = 1, .bytes = 60, .first = 2s, .last = 4s});
  flows.for_each([](const FlowView& view) {
    EXPECT_EQ(view.flow.sent[kInitiator].packets, 1U);
    EXPECT_EQ(view.flow.sent[kResponder].packets, 2U);
  });
}

TEST_F(FlowTableTest, RecordsOfSeveralCpusAreOneFlow) {
  FlowTable& flows = table();
  add_record(flows, kClient, kServer, 1s, 9s, kAck, kAck | kFin);
  add_record(flows, kServer, kClient, 2s, 9s, kAck, kAck | kFin);
  // Another CPU's shares, told behind those that closed the flow.
  add_record(flows, kClient, kServer, 0s, 5s, kSyn, kSyn | kAck);
  add_record(flows, kServer, kClient, 1s, 10s, kSyn | kAck, kSyn | kAck);
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(flows.live(), 1U);
  add_record(flows, kClient, kServer, 11s, 11s, kSyn, kSyn);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].flow.sent[kInitiator].packets + told[0].flow.sent[kResponder].packets, 4U);
  EXPECT_EQ(flows.live(), 1U);
}

TEST_F(FlowTableTest, ClosedFlowTakesStragglersThenEnds) {
  FlowTable& flows = table({.closed_grace = 5s});
  flows.add_packet(tcp(kClient, kServer, 1s, {.flags = kRst}));
  flows.add_packet(tcp(kServer, kClient, 3s, {.flags = kAck}));
  EXPECT_TRUE(told.empty());
  flows.advance(9s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].end, FlowEnd::kClosed);
  EXPECT_EQ(told[0].flow.sent[kResponder].packets, 1U);
  EXPECT_EQ(flow_state(told[0].flow), FlowState::kReset);
}

TEST_F(FlowTableTest, IdleFlowsEndByTheirProtocolsTime) {
  FlowTable& flows = table();
  flows.add_packet(udp(kClient, kServer, 10s));
  flows.add_packet(tcp(kClient, kServer, 10s, {.flags = kSyn}));
  flows.advance(70s);
  EXPECT_EQ(flows.live(), 2U);
  flows.advance(71s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].flow.key.protocol, VDT_IP_UDP);
  EXPECT_EQ(told[0].end, FlowEnd::kIdle);
  flows.advance(312s);
  EXPECT_EQ(flows.live(), 0U);
}

TEST_F(FlowTableTest, ActiveFlowOutlivesItsIdleTime) {
  FlowTable& flows = table();
  for (auto time = 0s; time <= 600s; time += 30s) flows.add_packet(udp(kClient, kServer, time));
  flows.advance(600s);
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(flows.live(), 1U);
}

TEST_F(FlowTableTest, PacketAfterTheIdleTimeBeginsANewFlowToTheNanosecond) {
  FlowTable& flows = table();
  flows.add_packet(udp(kClient, kServer, 100s));
  flows.add_packet(udp(kClient, kServer, 160s));
  EXPECT_TRUE(told.empty());
  flows.add_packet(udp(kClient, kServer, 220s + 1ns));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].flow.sent[kInitiator].packets, 2U);
}

TEST_F(FlowTableTest, LongFlowsReportWithTotalsSoFar) {
  FlowTable& flows = table({.report_every = 60s});
  for (auto time = 0s; time <= 130s; time += 10s) flows.add_packet(udp(kClient, kServer, time));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].end, FlowEnd::kReport);
  EXPECT_EQ(told[0].flow.sent[kInitiator].packets, 7U);
  EXPECT_EQ(told[1].flow.sent[kInitiator].packets, 13U);
}

TEST_F(FlowTableTest, FullTableEndsTheIdlestFirst) {
  FlowTable& flows = table({.max_flows = 3});
  const auto from = [](std::uint16_t port) { return End{"192.0.2.1", port}; };
  flows.add_packet(udp(from(1), kServer, 1s));
  flows.add_packet(udp(from(2), kServer, 2s));
  flows.add_packet(udp(from(3), kServer, 3s));
  flows.add_packet(udp(from(1), kServer, 4s));
  flows.add_packet(udp(from(4), kServer, 5s));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].flow.key.src_port, 2U);
  EXPECT_EQ(told[0].end, FlowEnd::kEvicted);
  EXPECT_EQ(flows.live(), 3U);
  EXPECT_EQ(flows.counters().evicted, 1U);
}

TEST_F(FlowTableTest, FloodOfRandomTuplesIsCountedAndBounded) {
  FlowTable& flows = table({.max_flows = 1000});
  std::uint64_t packets = 0;
  std::size_t memory_when_full = 0;
  for (std::uint32_t i = 0; i < 50'000; i++) {
    TestPacket packet = udp(kClient, kServer, Nanoseconds(i * 1000));
    packet.facts.core.key.src.words[0] = i * 2654435761U;
    flows.add_packet(packet);
    if (i == 5000) memory_when_full = flows.memory();
  }
  EXPECT_EQ(flows.memory(), memory_when_full);
  EXPECT_EQ(flows.live(), 1000U);
  flows.finish();
  for (const Told& one : told) packets += one.flow.sent[kInitiator].packets;
  EXPECT_EQ(packets, 50'000U);
}

TEST_F(FlowTableTest, TimeThatGoesBackLosesNothing) {
  FlowTable& flows = table();
  flows.add_packet(udp(kClient, kServer, 100'000s));
  flows.add_packet(udp(kClient, kServer, 5s));
  flows.add_packet(udp(kServer, kClient, 6s));
  flows.add_packet(udp(kClient, kServer, Nanoseconds::min()));
  flows.add_packet(udp(kClient, kServer, Nanoseconds::max()));
  flows.finish();
  std::uint64_t packets = 0;
  for (const Told& one : told)
    packets += one.flow.sent[kInitiator].packets + one.flow.sent[kResponder].packets;
  EXPECT_EQ(packets, 5U);
}

TEST_F(FlowTableTest, FinishTellsTheEarliestFirstWhereverFlowsLie) {
  FlowTable& flows = table();
  flows.add_packet(udp({"192.0.2.1", 1}, kServer, 1s));
  flows.add_packet(tcp(kClient, kServer, 30s, {.flags = kSyn}));
  flows.advance(62s);  // the first one's place is free
  flows.add_packet(udp({"192.0.2.1", 2}, kServer, 63s));
  flows.add_packet(udp({"192.0.2.1", 3}, kServer, 64s));
  told.clear();
  flows.finish();
  std::vector<Nanoseconds> firsts;
  for (const Told& one : told) firsts.push_back(one.flow.first);
  EXPECT_EQ(firsts, (std::vector<Nanoseconds>{30s, 63s, 64s}));
}

TEST_F(FlowTableTest, AFinishedTableBeginsAnew) {
  FlowTable& flows = table();
  flows.add_packet(tcp(kClient, kServer, 10s, {.flags = kSyn, .seq = 1}));
  const FlowTable::Place first = flows.add_packet(udp(kClient, kServer, 10s));
  flows.facts(*first.flow).process = FlowFacts::Process{.pid = 7, .name = "curl", .cgroup = {}};
  flows.finish();
  EXPECT_EQ(flows.live(), 0U);
  EXPECT_EQ(flows.with_facts(), 0U);
  EXPECT_EQ(flows.find(udp(kClient, kServer, 10s).facts.core.key), nullptr);
  told.clear();
  EXPECT_TRUE(flows.add_packet(tcp(kClient, kServer, 11s, {.flags = kSyn, .seq = 1})).created);
  flows.add_packet(udp(kServer, kClient, 12s, 90));
  flows.advance(80s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].end, FlowEnd::kIdle);
  EXPECT_EQ(told[0].flow.sent[kInitiator].bytes, 90U);
  flows.finish();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].flow.sent[kInitiator].packets, 1U);
  EXPECT_EQ(told[1].flow.retransmits[kInitiator], 0U);
}

TEST_F(FlowTableTest, PacketsWithoutIpAreCountedAside) {
  FlowTable& flows = table();
  TestPacket arp;
  arp.facts.core.length = 60;
  EXPECT_EQ(flows.add_packet(arp).flow, nullptr);
  EXPECT_EQ(flows.live(), 0U);
  EXPECT_EQ(flows.counters().packets, 1U);
  EXPECT_EQ(flows.counters().not_ip_packets, 1U);
  EXPECT_EQ(flows.counters().not_ip_bytes, 60U);
}

}  // namespace
}  // namespace vedette
