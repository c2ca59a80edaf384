// Frames that captures lack, through the real packet programs and the file's parser: damaged and padded
// frames in several buffers, and fragments whose first one alone tells to which flow they belong.
#include <gtest/gtest.h>

#include <functional>

#include "flow/fragment_tracker.h"
#include "packet/parse.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/agreement/packet_fields.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

constexpr std::uint16_t kMoreFragments = 0x2000;  // IPv4; the offset's unit is 8 bytes in both
constexpr std::uint16_t kMoreFragments6 = 1;
constexpr std::uint16_t kOffset6 = 64;

// Each test's story is told at each hook that this kernel offers.
class MadeFrames : public KernelPathTest {
 protected:
  void at_each_hook(const std::function<void()>& story) {
    for (const Hook hook : kAllHooks) {
      if (!kernel_->offers(hook)) continue;
      SCOPED_TRACE(hook_name(hook));
      hook_ = hook;
      fragments_ = {};
      kernel_->forget();
      story();
    }
  }

  // What both make of the frame, which must be the same; nothing where this hook isn't given such a frame.
  const vdt_packet* agreed(const Bytes& frame) {
    const auto outcome = kernel_->run(hook_, frame);
    if (!outcome) ADD_FAILURE() << outcome.error().text();
    if (!outcome || *outcome != Outcome::kRan) return nullptr;
    vdt_packet expected;
    parse_packet(LinkType::kEthernet, visible(hook_, frame), static_cast<std::uint32_t>(frame.size()),
                 expected);
    if (expected.core.facts & VDT_FACT_FRAGMENT)
      fragments_.resolve(expected.core, Nanoseconds{}, expected.core.key);
    EXPECT_EQ(differences(kernel_->packet(), expected), "");
    return &kernel_->packet();
  }

  // The bytes of all frames so far, as the kernel counted them.
  [[nodiscard]] std::uint64_t bytes() const {
    const vdt_counters& counters = kernel_->counters();
    return counters.direction[VDT_DIRECTION_IN].bytes + counters.direction[VDT_DIRECTION_OUT].bytes;
  }

  Hook hook_ = Hook::kXdp;
  FragmentTracker fragments_;
};

TEST_F(MadeFrames, PaddingInLaterBuffersCounts) {
  at_each_hook([&] {
    const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(1, 2, text("short")))) + zeros(9000);
    if (const vdt_packet* packet = agreed(frame)) {
      EXPECT_EQ(packet->core.length, frame.size());
      EXPECT_EQ(packet->core.malformed, VDT_MALFORMED_NONE);
      EXPECT_EQ(bytes(), frame.size());
    }
  });
}

TEST_F(MadeFrames, AnIpLengthOfNothingReachesOverAllBuffers) {
  at_each_hook([&] {
    const Bytes segment = tcp(1, 2, VDT_TCP_ACK, {}, zeros(9000));
    const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, segment, {.total = 0}));
    if (const vdt_packet* packet = agreed(frame)) {
      EXPECT_EQ(packet->core.payload_length, 9000U);
    }
  });
}

TEST_F(MadeFrames, ALyingIpLengthIsToldThoughUdpsIsTrue) {
  at_each_hook([&] {
    const Bytes datagram = udp(1, 2, text("true"));
    const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, datagram, {.total = 400}));
    const vdt_packet* packet = agreed(frame);
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(packet->core.malformed, VDT_MALFORMED_IP_LENGTH);
  });
}

TEST_F(MadeFrames, AJumboFrameIsWhole) {
  at_each_hook([&] {
    const Bytes frame = ethernet(VDT_ETHER_IPV6, ipv6(VDT_IP_TCP, tcp(1, 2, VDT_TCP_ACK, {}, zeros(8940))));
    if (const vdt_packet* packet = agreed(frame)) {
      EXPECT_EQ(packet->core.malformed, VDT_MALFORMED_NONE);
      EXPECT_EQ(bytes(), frame.size());
    }
  });
}

TEST_F(MadeFrames, LaterFragmentsOfAProtocolWithoutPortsAreKnown) {
  at_each_hook([&] {
    agreed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_ICMP, icmp(8, 0, zeros(56)), {.fragment = kMoreFragments})));
    agreed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_ICMP, zeros(40), {.fragment = 8})));
    EXPECT_EQ(kernel_->counters().fragments_unknown, 0U);
    EXPECT_EQ(kernel_->counters().flows_created, 1U);
  });
}

// The fragment header names the options, which the first fragment alone has.
TEST_F(MadeFrames, LaterFragmentsFindTheProtocolBehindIpv6Options) {
  at_each_hook([&] {
    agreed(ethernet(VDT_ETHER_IPV6,
                    ipv6(VDT_IP_FRAGMENT, fragment_header(VDT_IP_DESTINATION_OPTIONS, kMoreFragments6,
                                                          extension(VDT_IP_UDP, udp(1, 2, zeros(48), 96))))));
    const vdt_packet* later = agreed(
        ethernet(VDT_ETHER_IPV6,
                 ipv6(VDT_IP_FRAGMENT, fragment_header(VDT_IP_DESTINATION_OPTIONS, kOffset6, zeros(40)))));
    ASSERT_NE(later, nullptr);
    EXPECT_EQ(later->core.key.protocol, VDT_IP_UDP);
    EXPECT_EQ(later->core.key.dst_port, 2U);
    EXPECT_EQ(kernel_->counters().flows_created, 1U);
  });
}

TEST_F(MadeFrames, FragmentsOfTwoVlansAreTwoDatagrams) {
  at_each_hook([&] {
    for (const std::uint16_t id : {std::uint16_t{10}, std::uint16_t{20}})
      agreed(ethernet(VDT_ETHER_VLAN,
                      vlan(id, VDT_ETHER_IPV4,
                           ipv4(VDT_IP_UDP, udp(id, 53, zeros(48), 96), {.fragment = kMoreFragments}))));
    for (const std::uint16_t id : {std::uint16_t{10}, std::uint16_t{20}}) {
      const vdt_packet* later = agreed(
          ethernet(VDT_ETHER_VLAN, vlan(id, VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, zeros(40), {.fragment = 7}))));
      ASSERT_NE(later, nullptr);
      EXPECT_EQ(later->core.key.src_port, id);
    }
    EXPECT_EQ(kernel_->counters().flows_created, 2U);
  });
}

TEST_F(MadeFrames, ALaterFragmentAloneIsCounted) {
  at_each_hook([&] {
    agreed(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, zeros(40), {.fragment = 7})));
    EXPECT_EQ(kernel_->counters().fragments_unknown, 1U);
  });
}

}  // namespace
}  // namespace vedette::tests
