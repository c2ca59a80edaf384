// A protocol policy in the packet programs, for tests that send them segments of a client's connection.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "act/protocol_keeper.h"
#include "packet/parse.h"
#include "tests/first_bytes/told_packets.h"

namespace vedette::tests {

inline ProtocolEntry old_tls() {
  ProtocolEntry entry;
  entry.name = "old-tls";
  entry.tls_min = VDT_PAYLOAD_TLS_1_2;
  return entry;
}

inline ProtocolEntry ssh_1() {
  ProtocolEntry entry;
  entry.name = "ssh-1";
  entry.refuse_ssh_1 = true;
  return entry;
}

class KernelProtocols : public KernelPathTest {
 protected:
  void SetUp() override {
    KernelPathTest::SetUp();
    if (!kernel_) return;
    auto protocols = ProtocolKeeper::open(
        kernel_->programs(), [this](const vdt_flow_key& key) { kernel_->flow_cache().decide_anew(key); });
    ASSERT_TRUE(protocols) << protocols.error().text();
    protocols_ = std::move(*protocols);
  }

  void apply(const std::vector<ProtocolEntry>& entries) {
    const auto applied = protocols_->apply(entries);
    ASSERT_TRUE(applied) << applied.error().text();
    // What was decided on in the clock's present tick stands until the next one.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  // Each hook has its own connections: what is refused is refused wherever it comes.
  void at_each_hook(const std::function<void()>& story) {
    for (const Hook hook : kAllHooks) {
      if (!kernel_->offers(hook)) continue;
      SCOPED_TRACE(hook_name(hook));
      hook_ = hook;
      kernel_->forget();
      client_port_ += 100;
      ASSERT_NO_FATAL_FAILURE(apply({}));
      story();
    }
  }

  // Whether the programs drop the segment, of the client's at `client_port_` where it names no other.
  bool drops(const Segment& segment) {
    Bytes frame = frame_of(at_client(segment));
    if (segment.reply)
      std::swap_ranges(frame.begin() + 26, frame.begin() + 30, frame.begin() + 30);  // addresses
    const auto dropped = [&] {
      std::uint64_t sum = 0;
      for (const auto& direction : kernel_->counters().direction) sum += direction.protocol_dropped_packets;
      return sum;
    };
    const std::uint64_t before = dropped();
    const auto outcome = kernel_->run(hook_, frame);
    if (!outcome) ADD_FAILURE() << outcome.error().text();
    return dropped() != before;
  }

  Segment at_client(Segment segment) const {
    if (segment.client_port == 40'000) segment.client_port = client_port_;
    return segment;
  }

  // What user space does where a decoder found something: the flow of the client's, which began to show it
  // then.
  void told(const Handshake& handshake, Nanoseconds shown = now()) {
    with_flow([&](const Flow& flow) {
      protocols_->take({.flow = flow, .time = shown, .handshake = handshake, .outdated_reason = {}});
    });
  }

  // The same as far as the client alone has said it.
  void told_early(const Handshake& handshake) {
    with_flow([&](const Flow& flow) {
      EXPECT_TRUE(protocols_->take_early(
          {.flow = flow, .time = now(), .handshake = handshake, .outdated_reason = {}}));
    });
  }

  void with_flow(const std::function<void(const Flow&)>& take) {
    Flow flow;
    vdt_packet facts;
    const Bytes frame = frame_of(at_client({}));
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    flow.key = facts.core.key;
    flow.key.ifindex = kernel_->packet().core.key.ifindex;
    take(flow);
  }

  static Nanoseconds now() { return std::chrono::system_clock::now().time_since_epoch(); }

  std::map<std::string, std::uint64_t> flows() const {
    std::map<std::string, std::uint64_t> all;
    for (const ProtocolCount& one : protocols_->counts()) all[one.name] = one.flows;
    return all;
  }

  Hook hook_ = Hook::kXdp;
  std::uint16_t client_port_ = 1000;
  std::unique_ptr<ProtocolKeeper> protocols_;
};

}  // namespace vedette::tests
