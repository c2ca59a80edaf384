#include "flow/fragment_tracker.h"

#include <gtest/gtest.h>

#include "flow/flow_table.h"
#include "packets.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using namespace testing;

TestPacket fragment(std::uint8_t which, std::uint32_t id, Nanoseconds time, const End& from = kClient,
                    const End& to = kServer) {
  const bool first = which == VDT_FRAGMENT_FIRST;
  TestPacket packet = udp({from.address, first ? from.port : std::uint16_t{0}},
                          {to.address, first ? to.port : std::uint16_t{0}}, time);
  packet.facts.core.facts |= VDT_FACT_FRAGMENT;
  packet.facts.core.fragment = which;
  packet.facts.core.fragment_id = id;
  return packet;
}

TEST(Fragments, LaterOnesJoinTheirFirstOnesFlow) {
  FlowTable flows;
  flows.add_packet(fragment(VDT_FRAGMENT_FIRST, 5, 1s));
  flows.add_packet(fragment(VDT_FRAGMENT_MIDDLE, 5, 1s));
  const auto place = flows.add_packet(fragment(VDT_FRAGMENT_LAST, 5, 1s));
  EXPECT_EQ(place.flow->sent[kInitiator].packets, 3U);
  EXPECT_EQ(place.flow->key.dst_port, kServer.port);
  EXPECT_EQ(flows.live(), 1U);
  EXPECT_EQ(flows.counters().fragments_unknown, 0U);
}

TEST(Fragments, LaterOneThatComesFirstStaysWithoutPortsAndIsCounted) {
  FlowTable flows;
  const auto early = flows.add_packet(fragment(VDT_FRAGMENT_LAST, 5, 1s));
  EXPECT_FALSE(has_ports(*early.flow));
  flows.add_packet(fragment(VDT_FRAGMENT_FIRST, 5, 1s));
  EXPECT_EQ(flows.live(), 2U);
  EXPECT_EQ(flows.counters().fragments_unknown, 1U);
}

TEST(Fragments, AnotherIdOrSenderIsAnotherDatagram) {
  FlowTable flows;
  flows.add_packet(fragment(VDT_FRAGMENT_FIRST, 5, 1s));
  flows.add_packet(fragment(VDT_FRAGMENT_LAST, 6, 1s));
  flows.add_packet(fragment(VDT_FRAGMENT_LAST, 5, 1s, kServer, kClient));
  EXPECT_EQ(flows.counters().fragments_unknown, 2U);
}

TEST(Fragments, AFirstOneIsForgottenAfterThirtySeconds) {
  FlowTable flows;
  flows.add_packet(fragment(VDT_FRAGMENT_FIRST, 5, 1s));
  flows.add_packet(fragment(VDT_FRAGMENT_LAST, 5, 31s));
  EXPECT_EQ(flows.counters().fragments_unknown, 0U);
  flows.add_packet(fragment(VDT_FRAGMENT_LAST, 5, 31s + 1ns));
  EXPECT_EQ(flows.counters().fragments_unknown, 1U);
}

TEST(Fragments, AReusedIdBelongsToTheLatestFirstOne) {
  FlowTable flows;
  flows.add_packet(fragment(VDT_FRAGMENT_FIRST, 5, 1s));
  flows.add_packet(fragment(VDT_FRAGMENT_FIRST, 5, 2s, {kClient.address, 999}));
  const auto place = flows.add_packet(fragment(VDT_FRAGMENT_LAST, 5, 2s));
  EXPECT_EQ(place.flow->key.src_port, 999U);
}

TEST(Fragments, Ipv6LaterOnesTakeTheFirstOnesProtocol) {
  FlowTable flows;
  const End from{"2001:db8::1", 10};
  const End to{"2001:db8::2", 20};
  flows.add_packet(fragment(VDT_FRAGMENT_FIRST, 5, 1s, from, to));
  TestPacket later = fragment(VDT_FRAGMENT_LAST, 5, 1s, from, to);
  later.facts.core.key.protocol = VDT_IP_DESTINATION_OPTIONS;
  EXPECT_EQ(flows.add_packet(later).flow->sent[kInitiator].packets, 2U);
}

TEST(Fragments, AFloodOfFirstOnesGrowsNothing) {
  FragmentTracker tracker;
  std::size_t memory = 0;
  for (std::uint32_t id = 0; id < 100'000; id++) {
    const TestPacket packet = fragment(VDT_FRAGMENT_FIRST, id, Nanoseconds(id));
    vdt_flow_key key = packet.facts.core.key;
    tracker.resolve(packet.facts.core, packet.time, key);
    if (id == 0) memory = tracker.memory();
  }
  EXPECT_EQ(tracker.memory(), memory);
  const TestPacket last = fragment(VDT_FRAGMENT_LAST, 99'999, 1ms);
  vdt_flow_key key = last.facts.core.key;
  EXPECT_TRUE(tracker.resolve(last.facts.core, last.time, key));
}

}  // namespace
}  // namespace vedette
