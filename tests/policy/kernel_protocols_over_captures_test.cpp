// The protocol policy in the packet programs over the captures, of which no flow may be refused that its
// handshake doesn't show.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "abi/verdict.h"
#include "act/protocol_judge.h"
#include "flow/flow_table.h"
#include "handshake/handshake_tracker.h"
#include "source/packet_reader.h"
#include "tests/agreement/ethernet_captures.h"
#include "tests/policy/kernel_protocols.h"

namespace vedette::tests {
namespace {

// By the smaller end first: either direction's.
using Ends = std::tuple<std::string, std::string>;

Ends ends_of(const vdt_flow_key& key) {
  const auto end = [&](const vdt_address& address, std::uint16_t port) {
    return fmt::format(
        "{} {}", prefix_text(prefix_of(address, key.ip_version, Prefix::longest(key.ip_version))), port);
  };
  std::string one = end(key.src, key.src_port), other = end(key.dst, key.dst_port);
  if (other < one) std::swap(one, other);
  return {std::move(one), std::move(other)};
}

class KernelProtocolsOverCaptures : public KernelProtocols {
 protected:
  KernelProtocolsOverCaptures() { hook_ = Hook::kXdp; }

  // Flows whose handshakes show what an entry refuses, or are too damaged to tell a version.
  std::set<Ends> shown(const std::filesystem::path& file, const std::vector<ProtocolEntry>& entries) {
    std::set<Ends> found;
    HandshakeTracker tracker({}, [&](const HandshakeView& view) {
      const bool damaged = view.handshake.app == "tls" && view.handshake.facts.empty();
      const bool refused =
          std::ranges::any_of(entries, [&](const auto& entry) { return shows(view.handshake, entry); });
      if (damaged || refused) found.insert(ends_of(view.flow.key));
    });
    FlowTable table({}, [&](const FlowView& flow) { tracker.end(flow.flow); });
    static_cast<void>(read_packets(file.string(), {}, [&](const FilePacket& one) {
      tracker.add(one.packet, table.add_packet(one.packet));
      return true;
    }));
    table.finish();
    return found;
  }
};

TEST_F(KernelProtocolsOverCaptures, RefuseNoFlowWhoseHandshakeDoesNotShowIt) {
  const auto folder = captures();
  if (!folder) GTEST_SKIP() << kNoCaptures;
  ProtocolEntry smb_1;
  smb_1.name = "smb-1";
  smb_1.refuse_smb_1 = true;
  const std::vector<ProtocolEntry> entries{old_tls(), ssh_1(), smb_1};
  std::size_t refused = 0, unseen = 0;
  for (const auto& file : capture_files(*folder)) {
    kernel_->forget();
    ASSERT_TRUE(protocols_->apply({}));
    ASSERT_TRUE(protocols_->apply(entries));
    for_each_ethernet_frame(file, [&](std::span<const std::uint8_t> frame) {
      if (frame.size() < 64'000) static_cast<void>(kernel_->run(hook_, frame));
    });
    std::set<Ends> dropped;
    kernel_->tell_flows([&](const FlowGrowth& growth) {
      if (growth.record->verdict == VDT_VERDICT_DROP) dropped.insert(ends_of(growth.record->key));
    });
    const std::set<Ends> expected = dropped.empty() ? dropped : shown(file, entries);
    refused += dropped.size();
    for (const Ends& one : dropped)
      EXPECT_TRUE(expected.contains(one)) << file << ": " << std::get<0>(one) << " - " << std::get<1>(one);
    for (const Ends& one : expected) unseen += dropped.contains(one) ? 0 : 1;
  }
  fmt::print(
      "{} flows refused by their first payload; {} more of the same captures shown by their handshakes "
      "alone\n",
      refused, unseen);
  EXPECT_GT(refused, 50U) << "too few to speak of all captures";
}

}  // namespace
}  // namespace vedette::tests
