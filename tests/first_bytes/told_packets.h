// What tests of first bytes begin with: the packet programs with the tellers behind them, frames of one
// conversation, and what was told.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "kernel/first_bytes.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/packet_builder.h"

namespace vedette::tests {

// A TCP segment of the client, or with `reply` of the server, over IPv4.
struct Segment {
  std::uint32_t sequence = 0;
  std::uint8_t flags = VDT_TCP_ACK;
  Bytes payload = {};
  bool reply = false;
  std::uint16_t client_port = 40'000;
  std::uint16_t server_port = 443;
};

inline Bytes frame_of(const Segment& segment) {
  Bytes bytes =
      tcp(segment.reply ? segment.server_port : segment.client_port,
          segment.reply ? segment.client_port : segment.server_port, segment.flags, {}, segment.payload);
  const Bytes sequence = be32(segment.sequence);
  std::copy(sequence.begin(), sequence.end(), bytes.begin() + 4);
  return ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, bytes));
}

inline Bytes datagram(std::uint16_t src_port, std::uint16_t dst_port, std::string_view payload) {
  return ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(src_port, dst_port, text(payload))));
}

struct ToldPacket {
  vdt_first_packet event;
  Bytes bytes;
};

class FirstBytesTest : public KernelPathTest {
 protected:
  explicit FirstBytesTest(std::uint32_t flow_slots = 1U << 16) : KernelPathTest(flow_slots) {}

  void open(const FirstBytesOptions& options = {}) {
    auto opened = FirstBytes::open(kernel_->programs(), options);
    ASSERT_TRUE(opened) << opened.error().text();
    first_bytes_ = std::move(*opened);
  }

  void TearDown() override { first_bytes_.reset(); }

  // Each test's story is told at each hook that this kernel offers.
  void at_each_hook(const std::function<void()>& story) {
    for (const Hook hook : kAllHooks) {
      if (!kernel_->offers(hook)) continue;
      SCOPED_TRACE(hook_name(hook));
      hook_ = hook;
      first_bytes_.reset();
      kernel_->programs().set_first_bytes(false);
      kernel_->forget();
      story();
    }
  }

  void run(const Bytes& frame) {
    const auto outcome = kernel_->run(hook_, frame);
    ASSERT_TRUE(outcome) << outcome.error().text();
    ASSERT_EQ(*outcome, Outcome::kRan);
  }

  // What was told since the last call.
  std::vector<ToldPacket> told() {
    std::vector<ToldPacket> all;
    while (first_bytes_->drain([&](const vdt_first_packet& event, std::span<const std::uint8_t> bytes) {
      all.push_back({event, {bytes.begin(), bytes.end()}});
    })) {
    }
    return all;
  }

  [[nodiscard]] const vdt_first_counters& counted() const { return kernel_->counters().first; }

  Hook hook_ = Hook::kXdp;
  std::unique_ptr<FirstBytes> first_bytes_;
};

}  // namespace vedette::tests
