// The protocol policy of a dry run: connections are refused by the packet that shows it, or by the next where
// decoders tell it, at the capture's times; and over captures those whose handshakes show it.
#include "replay/replayed_protocols.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "act/protocol_judge.h"
#include "kernel/wall_clock.h"
#include "replay/dry_run.h"
#include "replay/replay_clock.h"
#include "replay/replay_frame.h"
#include "tests/agreement/ethernet_captures.h"
#include "tests/replay/file_packet.h"
#include "tests/requirements.h"
#include "tests/unit/decode/hello_builder.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

ProtocolEntry entry_named(std::string name) {
  ProtocolEntry entry;
  entry.name = std::move(name);
  return entry;
}

ProtocolEntry ssh_1() {
  ProtocolEntry entry = entry_named("ssh-1");
  entry.refuse_ssh_1 = true;
  return entry;
}

class ReplayedProtocolsTest : public ::testing::Test {
 protected:
  void SetUp() override { VEDETTE_REQUIRE(kBpf); }

  void open(const Policy& policy) {
    auto opened = DryRun::open(policy, "policy.yaml", interfaces_, begin_ns_);
    ASSERT_TRUE(opened) << opened.error().text();
    run_ = std::move(*opened);
  }

  static Bytes frame_of(std::uint8_t flags, const Bytes& payload, std::uint16_t port,
                        std::uint32_t sequence) {
    Bytes segment = tcp(40'000, port, flags, {}, payload);
    const Bytes number = be32(sequence);
    std::copy(number.begin(), number.end(), segment.begin() + 4);
    return ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, segment));
  }

  DryRunOutcome at(Nanoseconds time, const Bytes& frame) {
    const MadePacket made(frame);
    const auto outcome = run_->run({.bytes = made.bytes,
                                    .facts = &made.facts,
                                    .interface = 1,
                                    .now_ns = begin_ns_ + static_cast<std::uint64_t>(time.count())});
    if (!outcome) ADD_FAILURE() << outcome.error().text();
    return outcome.value_or(DryRunOutcome{});
  }

  // What becomes of a connection's first payload, and of the segment behind it.
  std::pair<DryRunOutcome, DryRunOutcome> connection(Nanoseconds time, const Bytes& first,
                                                     std::uint16_t port = 22) {
    EXPECT_FALSE(at(time, frame_of(VDT_TCP_SYN, {}, port, 99)).dropped);
    const DryRunOutcome shown = at(time + 1ms, frame_of(VDT_TCP_ACK, first, port, 100));
    const auto next = static_cast<std::uint32_t>(100 + first.size());
    return {shown, at(time + 2ms, frame_of(VDT_TCP_ACK, text("more"), port, next))};
  }

  std::uint64_t begin_ns_ = WallClock::monotonic_now_ns() + 60'000'000'000;
  InterfaceNumbers interfaces_;
  std::unique_ptr<DryRun> run_;
};

const Bytes kOld = text("SSH-1.5-old\r\n"), kNew = text("SSH-2.0-new\r\n");

TEST_F(ReplayedProtocolsTest, RefuseByTheFirstPayloadAndWhatFollows) {
  Policy policy;
  policy.protocols = {entry_named("other"), ssh_1()};
  policy.protocols[0].refuse_smb_1 = true;
  open(policy);
  for (const std::uint16_t port : {std::uint16_t{22}, std::uint16_t{2222}}) {
    const auto [shown, next] = connection(0s, kOld, port);
    EXPECT_TRUE(shown.dropped);
    EXPECT_EQ(shown.by, DecidedBy::kProtocol);
    EXPECT_EQ(shown.number, 1U);
    EXPECT_TRUE(next.dropped);
  }
  const auto [shown, next] = connection(1s, kNew, 23);
  EXPECT_FALSE(shown.dropped || next.dropped);
  EXPECT_EQ(shown.by, DecidedBy::kNothing);
  EXPECT_EQ(run_->protocol_counts()[1].flows, 2U);
  EXPECT_EQ(run_->protocol_counts()[1].dropped_packets, 4U);
}

TEST_F(ReplayedProtocolsTest, RefuseWhatDecodersTellFromTheNextPacketOn) {
  Policy policy;
  policy.protocols = {entry_named("names")};
  policy.protocols[0].sni = {"bad.example"};
  open(policy);
  const auto hello = [](std::string_view name) {
    return record(message(1, client_hello({.extensions = server_name(name) + supported_versions({0x0304})})));
  };
  const auto [shown, next] = connection(0s, hello("bad.example"), 443);
  EXPECT_FALSE(shown.dropped);
  EXPECT_TRUE(next.dropped);
  EXPECT_EQ(next.by, DecidedBy::kProtocol);
  const auto [other, after] = connection(1s, hello("good.example"), 8443);
  EXPECT_FALSE(other.dropped || after.dropped);
  EXPECT_EQ(run_->protocol_counts()[0].flows, 1U);
}

// An hour after its last packet a refused connection is forgotten, and its next packet asked about by what
// its record has.
TEST_F(ReplayedProtocolsTest, HoldAtTheCapturesTimes) {
  Policy policy;
  policy.protocols = {entry_named("names")};
  policy.protocols[0].sni = {"bad.example"};
  open(policy);
  const Bytes hello = record(
      message(1, client_hello({.extensions = server_name("bad.example") + supported_versions({0x0304})})));
  EXPECT_TRUE(connection(0s, hello, 443).second.dropped);
  const Bytes later = frame_of(VDT_TCP_ACK, text("later"), 443, 5000);
  EXPECT_TRUE(at(59min, later).dropped);
  EXPECT_TRUE(at(59min + 59min, later).dropped);
  EXPECT_FALSE(at(59min + 59min + 61min, later).dropped);
}

TEST_F(ReplayedProtocolsTest, CountAloneWhereTheyObserve) {
  Policy policy;
  policy.protocols = {ssh_1()};
  policy.protocols[0].observe = true;
  open(policy);
  const auto [shown, next] = connection(0s, kOld);
  EXPECT_FALSE(shown.dropped || next.dropped);
  EXPECT_EQ(run_->protocol_counts()[0].flows, 1U);
  EXPECT_EQ(run_->protocol_counts()[0].dropped_packets, 0U);
}

TEST_F(ReplayedProtocolsTest, SpareWhomTheAllowListHolds) {
  for (const std::string_view end : {"192.0.2.1", "198.51.100.2"}) {
    Policy policy;
    policy.protocols = {ssh_1()};
    policy.allow.push_back(source_in(end));
    open(policy);
    const auto [shown, next] = connection(0s, kOld);
    EXPECT_FALSE(shown.dropped || next.dropped) << end;
  }
}

// The server's choice is among it.
TEST_F(ReplayedProtocolsTest, SeeWhatGoesOut) {
  Policy policy;
  policy.protocols = {entry_named("new-tls")};
  policy.protocols[0].tls_min = VDT_PAYLOAD_TLS_1_3;
  open(policy);
  const Bytes hello = record(message(1, client_hello({.extensions = supported_versions({0x0304, 0x0303})})));
  EXPECT_FALSE(at(0s, frame_of(VDT_TCP_SYN, {}, 443, 99)).dropped);
  EXPECT_FALSE(at(1ms, frame_of(VDT_TCP_ACK, hello, 443, 100)).dropped);
  const Bytes chosen = record(message(2, server_hello({.cipher = 0xc02f})) + message(14, {}));
  Bytes answer = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, tcp(443, 40'000, VDT_TCP_ACK, {}, chosen)));
  std::swap_ranges(answer.begin() + 26, answer.begin() + 30, answer.begin() + 30);  // addresses
  const MadePacket made(answer);
  run_->see(made.packet.packet, begin_ns_ + 3'000'000);
  EXPECT_TRUE(at(4ms, frame_of(VDT_TCP_ACK, text("more"), 443, 1000)).dropped);
}

// Either direction's, by its hash: addresses and ports, in whatever tunnel, as flows are refused.
using Flows = std::set<std::uint64_t>;

std::uint64_t flow_of(const vdt_flow_key& seen) {
  vdt_flow_key key{};
  key.src = seen.src;
  key.dst = seen.dst;
  key.src_port = seen.src_port;
  key.dst_port = seen.dst_port;
  key.protocol = seen.protocol;
  key.ip_version = seen.ip_version;
  return folded_hash(key, {.first = 1, .second = 2}) + folded_hash(reversed(key), {.first = 1, .second = 2});
}

Flows shown(const std::filesystem::path& file, const std::vector<ProtocolEntry>& entries) {
  Flows found;
  HandshakeTracker tracker({}, [&](const HandshakeView& view) {
    const bool damaged = view.handshake.app == "tls" && view.handshake.facts.empty();
    if (damaged || std::ranges::any_of(entries, [&](const auto& one) { return shows(view.handshake, one); }))
      found.insert(flow_of(view.flow.key));
  });
  FlowTable table({}, [&](const FlowView& flow) {
    if (flow.end != FlowEnd::kReport) tracker.end(flow.flow);
  });
  static_cast<void>(read_packets(file.string(), {}, [&](const FilePacket& one) {
    tracker.add(one.packet, table.add_packet(one.packet));
    return true;
  }));
  table.finish();
  return found;
}

TEST_F(ReplayedProtocolsTest, RefuseOfCapturesWhatHandshakesShow) {
  if (!captures()) GTEST_SKIP() << kNoCaptures;
  Policy policy;
  policy.protocols = {entry_named("old-tls"), ssh_1(), entry_named("names")};
  policy.protocols[0].tls_min = VDT_PAYLOAD_TLS_1_3;
  policy.protocols[2].sni = {".com", ".net", ".org"};
  constexpr std::size_t kFiles = 60;  // each has its programs loaded anew
  std::size_t refused = 0, expected = 0, files = 0;
  for (const auto& file : capture_files(*captures())) {
    const Flows all = shown(file, policy.protocols);
    if (all.empty()) continue;
    if (files++ == kFiles) break;
    open(policy);
    ReplayClock clock(begin_ns_);
    FrameMaker frames(0);
    Flows dropped;
    (void)read_packets(file.string(), {}, [&](const FilePacket& packet) {
      auto made = frames.frame_of(packet);
      auto* frame = std::get_if<ReplayFrame>(&made);
      if (!frame) return true;
      frame->now_ns = clock.at(packet.packet.time);
      frame->interface = interfaces_.of(packet.packet);
      const auto outcome = run_->run(*frame);
      if (outcome && outcome->by == DecidedBy::kProtocol)
        dropped.insert(flow_of(packet.packet.facts->core.key));
      return outcome.has_value();
    });
    for (const std::uint64_t flow : dropped) EXPECT_TRUE(all.contains(flow)) << file;
    refused += dropped.size();
    expected += all.size();
  }
  fmt::print("{} connections of {} whose handshakes show it had packets refused\n", refused, expected);
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace vedette::tests
