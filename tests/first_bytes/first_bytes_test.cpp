// Which packets of a flow are told, and that it is quiet afterwards: at every hook.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/first_bytes/told_packets.h"

namespace vedette::tests {
namespace {

constexpr std::uint32_t kBegin = 4'294'967'000;  // sequence numbers wrap a few segments later
const Bytes kPayload = text("some bytes, so that no frame is short");

class FirstBytesOfAFlow : public FirstBytesTest {
 protected:
  // The frame of the connection's `number`th segment with payload.
  static Bytes nth(std::uint32_t number) {
    return frame_of({.sequence = kBegin + 1 + number * static_cast<std::uint32_t>(kPayload.size()),
                     .flags = VDT_TCP_ACK | VDT_TCP_PSH,
                     .payload = kPayload});
  }

  void begin_connection() {
    run(frame_of({.sequence = kBegin, .flags = VDT_TCP_SYN}));
    run(frame_of({.sequence = kBegin + 1}));
  }
};

TEST_F(FirstBytesOfAFlow, AreTheFirstPacketsWithPayloadThenTheFlowIsQuiet) {
  at_each_hook([&] {
    open({.packets = 5});
    begin_connection();
    for (std::uint32_t number = 0; number < 12; number++) {
      run(nth(number));
      run(frame_of({.sequence = kBegin + 1 + (number + 1) * static_cast<std::uint32_t>(kPayload.size())}));
    }
    const auto packets = told();
    ASSERT_EQ(packets.size(), 5U);
    for (std::uint32_t number = 0; number < 5; number++) {
      SCOPED_TRACE(number);
      const auto& [event, bytes] = packets[number];
      EXPECT_EQ(bytes, nth(number));
      EXPECT_EQ(event.length, nth(number).size());
      EXPECT_EQ(event.begins != 0, number == 0);
      EXPECT_EQ(event.first_flags, VDT_TCP_SYN);
      EXPECT_EQ(event.segments, 1U);
      EXPECT_EQ(event.direction, hook_ == Hook::kTcEgress ? VDT_DIRECTION_OUT : VDT_DIRECTION_IN);
    }
    EXPECT_EQ(packets[0].event.begin_seq, kBegin + 1);
    EXPECT_EQ(counted().due, 5U);
    EXPECT_EQ(counted().told, 5U);
  });
}

TEST_F(FirstBytesOfAFlow, LeaveTheFlowsCountsAsTheyAre) {
  at_each_hook([&] {
    open({.packets = 3});
    begin_connection();
    std::uint64_t bytes = 0;
    for (std::uint32_t number = 0; number < 10; number++) {
      run(nth(number));
      bytes += nth(number).size();
    }
    std::uint64_t packets_told = 0, bytes_told = 0;
    kernel_->tell_flows([&](const FlowGrowth& growth) {
      packets_told += growth.packets;
      bytes_told += growth.bytes;
    });
    EXPECT_EQ(packets_told, 12U);
    EXPECT_EQ(bytes_told, bytes + 2 * frame_of({}).size());
  });
}

TEST_F(FirstBytesOfAFlow, AreEachDirectionsOwn) {
  at_each_hook([&] {
    open({.packets = 2});
    for (std::uint32_t number = 0; number < 4; number++) {
      run(nth(number));
      run(frame_of({.sequence = 1 + number * 4, .payload = text("data"), .reply = true}));
    }
    const auto packets = told();
    EXPECT_EQ(packets.size(), 4U);
    EXPECT_EQ(std::ranges::count_if(packets, [](const auto& one) { return one.event.begins != 0; }), 2);
  });
}

// What stands before the first segment that was seen is nobody's.
TEST_F(FirstBytesOfAFlow, BeginWithTheFirstSegmentSeenWhereNoSynWas) {
  at_each_hook([&] {
    open();
    run(frame_of({.sequence = 700}));
    run(frame_of({.sequence = 710, .payload = text("late")}));
    const auto packets = told();
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(packets[0].event.begin_seq, 700U);
    EXPECT_EQ(packets[0].event.first_flags, VDT_TCP_ACK);
  });
}

TEST_F(FirstBytesOfAFlow, AreNotPayloadlessOrOfProtocolsThatNobodyDecodes) {
  at_each_hook([&] {
    open();
    begin_connection();
    run(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_ICMP, icmp(8, 0, kPayload))));
    run(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 2, {}) + zeros(20))));
    run(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, zeros(40), {.fragment = 7})));
    run(ethernet(0x88b5, kPayload));
    EXPECT_TRUE(told().empty());
    EXPECT_EQ(counted().due, 0U);
  });
}

TEST_F(FirstBytesOfAFlow, AreInsideTagsTunnelsAndExtensionHeadersToo) {
  at_each_hook([&] {
    open();
    const Bytes inside = udp(40'000, 443, kPayload);
    const std::vector<Bytes> frames{
        ethernet(VDT_ETHER_VLAN, vlan(7, VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, inside))),
        ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_DESTINATION_OPTIONS, extension(VDT_IP_UDP, inside))),
        ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_GRE, gre(0, VDT_ETHER_IPV4, {}, ipv4(VDT_IP_UDP, inside)))),
    };
    for (const Bytes& frame : frames) run(frame);
    const auto packets = told();
    ASSERT_EQ(packets.size(), frames.size());
    for (std::size_t i = 0; i < frames.size(); i++) EXPECT_EQ(packets[i].bytes, frames[i]);
  });
}

TEST_F(FirstBytesOfAFlow, EndWhereTheBytesAreSpent) {
  at_each_hook([&] {
    open({.packets = 8, .bytes = 4096});
    for (std::uint32_t number = 0; number < 5; number++)
      run(frame_of({.sequence = 1 + number * 1500, .payload = zeros(1500)}));
    const std::size_t headers = frame_of({}).size();
    std::size_t payload = 0;
    for (const ToldPacket& packet : told()) payload += packet.bytes.size() - headers;
    EXPECT_LE(payload, 4096U);
    EXPECT_GT(payload, 4096U - 2 * 4096 / VDT_FIRST_CREDIT)
        << "one part in 240 a packet may be lost to rounding";
  });
}

TEST_F(FirstBytesOfAFlow, OfSomePortsNeverEnd) {
  at_each_hook([&] {
    open({.packets = 2, .endless_ports = {53, 5353}});
    for (int times = 0; times < 30; times++) {
      run(datagram(40'000, 53, "question"));
      run(datagram(53, 40'000, "answer"));
      run(datagram(40'000, 54, "no question"));
    }
    const auto packets = told();
    EXPECT_EQ(packets.size(), 62U);
    EXPECT_EQ(std::ranges::count_if(packets, [](const auto& one) { return one.event.begins != 0; }), 3);
  });
}

TEST_F(FirstBytesOfAFlow, AreToldAnewOfANewConnectionOnTheSameAddressesAndPorts) {
  at_each_hook([&] {
    open({.packets = 1});
    begin_connection();
    run(nth(0));
    run(nth(1));
    run(frame_of({.sequence = kBegin + 1 + 2 * static_cast<std::uint32_t>(kPayload.size()),
                  .flags = VDT_TCP_FIN | VDT_TCP_ACK}));
    run(frame_of({.sequence = 9'000, .flags = VDT_TCP_SYN}));
    run(frame_of({.sequence = 9'001, .payload = text("again")}));
    const auto packets = told();
    ASSERT_EQ(packets.size(), 2U);
    EXPECT_EQ(packets[1].event.begins, 1U);
    EXPECT_EQ(packets[1].event.begin_seq, 9'001U);
  });
}

TEST_F(FirstBytesOfAFlow, AreToldAnewOfDatagramsAfterALongSilence) {
  at_each_hook([&] {
    open({.packets = 1});
    const auto twice = [&] {
      run(datagram(123, 123, "time?"));
      run(datagram(123, 123, "time?"));
      run(frame_of({.sequence = 5, .payload = text("tcp")}));
    };
    twice();
    EXPECT_EQ(told().size(), 2U);
    const MappedArray& sets = kernel_->flow_sets();
    for (std::uint32_t set = 0; set < sets.entries(); set++)
      for (std::size_t way = 0; way < VDT_FLOW_WAYS; way++)
        if (sets.at<vdt_flow_set>(set)->tags[way] != 0)
          sets.at<vdt_flow_set>(set)->records[way].last_ns -= 61'000'000'000;
    twice();
    const auto packets = told();
    ASSERT_EQ(packets.size(), 1U) << "of TCP the middle would pass for the beginning";
    EXPECT_EQ(packets[0].bytes, datagram(123, 123, "time?"));
  });
}

// A daemon that died leaves flows that still have credit: each loses it with its next packet.
TEST_F(FirstBytesOfAFlow, CostAFlowOnePacketWhereTheyFindNoTeller) {
  at_each_hook([&] {
    kernel_->programs().set_first_bytes(true);
    begin_connection();
    for (std::uint32_t number = 0; number < 4; number++) run(nth(number));
    EXPECT_EQ(counted().due, 1U);
    EXPECT_EQ(counted().told, 0U);
  });
}

TEST_F(FirstBytesOfAFlow, AreNoneOnceTheirReaderHasGone) {
  at_each_hook([&] {
    open();
    first_bytes_.reset();
    begin_connection();
    for (std::uint32_t number = 0; number < 4; number++) run(nth(number));
    EXPECT_EQ(counted().due, 0U);
  });
}

}  // namespace
}  // namespace vedette::tests
