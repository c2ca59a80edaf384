// What the flow cache holds after all Ethernet frames of a capture, beside what the file's flow table says of
// the same frames.
//
// BPF_PROG_TEST_RUN happens now, not when the capture was taken, so what hangs on time is left out: when
// flows began, ended and went idle, how long a handshake took, and whether a late segment was retransmitted
// or out of order (3 ms decide): only the sum of both is compared. So that nothing ends idle in the table
// either, the frames come to it a microsecond apart.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "flow/flow_table.h"
#include "packet/names.h"
#include "packet/parse.h"
#include "parse/protocols.h"
#include "tests/agreement/ethernet_captures.h"
#include "tests/agreement/kernel_path.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

constexpr std::size_t kShown = 20;  // differences that are printed
constexpr std::size_t kDrainEvery =
    10'000;  // frames; the telemetry ring holds five times as many evicted flows

struct KeyBefore {
  bool operator()(const vdt_flow_key& a, const vdt_flow_key& b) const {
    return std::memcmp(&a, &b, sizeof(a)) < 0;
  }
};

struct Counts {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  bool operator==(const Counts&) const = default;
};

// One direction's TCP, and lengths, as the kernel's records have them.
struct Direction {
  Counts counts;
  std::uint32_t min_length = UINT32_MAX;
  std::uint32_t max_length = 0;
  std::uint64_t again = 0;  // retransmitted and out of order
  std::uint32_t zero_windows = 0;
  std::uint32_t resets = 0;
  std::uint8_t flags = 0;
  bool handshake = false;
};

using Directions = std::map<vdt_flow_key, Direction, KeyBefore>;
using Flows = std::map<vdt_flow_key, std::vector<Flow>, KeyBefore>;  // by the key that is first of both

// As the flow table folds keys: interface and direction are not the file's, and GTP-U's and PPTP's two ids
// are one flow.
vdt_flow_key comparable(vdt_flow_key key) {
  key.ifindex = 0;
  key.direction = 0;
  if (key.tunnel_type == VDT_TUNNEL_GTPU || key.tunnel_type == VDT_TUNNEL_PPTP) key.tunnel_id = 0;
  return key;
}

vdt_flow_key first_of_both(const vdt_flow_key& key) {
  const vdt_flow_key other = reversed(key);
  return KeyBefore()(key, other) ? key : other;
}

std::string text_of(const vdt_flow_key& key) {
  return fmt::format("protocol {} {:02x}:{} -> {:02x}:{} vlan {}/{} tunnel {}/{}", key.protocol,
                     fmt::join(key.src.bytes, ""), key.src_port, fmt::join(key.dst.bytes, ""), key.dst_port,
                     key.vlan[0], key.vlan[1], key.tunnel_type, key.tunnel_id);
}

// Both paths' account of one capture.
class Account {
 public:
  explicit Account(KernelPath& kernel)
      : kernel_(kernel), table_({}, [this](const FlowView& view) { keep(view.flow); }) {
    kernel_.forget();
  }

  // `bytes`: of the frame's `length`, what can be seen.
  void add(std::span<const std::uint8_t> bytes, std::size_t length) {
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, bytes, static_cast<std::uint32_t>(length), facts);
    malformed_[facts.core.malformed]++;
    Packet packet;
    packet.time = now_ += std::chrono::microseconds(1);
    packet.bytes = bytes;
    packet.facts = &facts;
    table_.add_packet(packet);
    note_reuse(facts.core);
    if (++frames_ % kDrainEvery == 0) take_records();
  }

  void finish() {
    table_.finish();
    take_records();
  }

  [[nodiscard]] const FlowCounters file_counters() const { return table_.counters(); }
  [[nodiscard]] const Flows& flows() const { return flows_; }
  [[nodiscard]] const Directions& records() const { return records_; }
  // Did this direction begin anew after its FIN or RST? The kernel's record then begins its flags anew too.
  [[nodiscard]] bool reused(const vdt_flow_key& key) const { return reused_.contains(key); }
  [[nodiscard]] std::uint64_t malformed(int reason) const { return malformed_[reason]; }

 private:
  void keep(const Flow& flow) {
    Flow kept = flow;
    kept.key = comparable(flow.key);
    flows_[first_of_both(kept.key)].push_back(kept);
  }

  void note_reuse(const vdt_packet_core& core) {
    if (!(core.facts & VDT_FACT_TCP)) return;
    const vdt_flow_key key = comparable(core.key);
    if (core.tcp_flags & (VDT_TCP_FIN | VDT_TCP_RST)) closed_.insert(key);
    if ((core.tcp_flags & VDT_TCP_SYN) && closed_.contains(key)) reused_.insert(key);
  }

  void take_records() {
    kernel_.tell_flows([this](const FlowGrowth& growth) { take(growth); });
  }

  void take(const FlowGrowth& growth) {
    const vdt_flow_record& record = *growth.record;
    Direction& direction = records_[comparable(record.key)];
    direction.counts.packets += growth.packets;
    direction.counts.bytes += growth.bytes;
    direction.min_length = std::min<std::uint32_t>(direction.min_length, record.min_length);
    direction.max_length = std::max<std::uint32_t>(direction.max_length, record.max_length);
    direction.again += growth.retransmits + growth.out_of_order;
    direction.zero_windows += growth.zero_windows;
    direction.resets += growth.resets;
    direction.flags |= record.tcp.flags_seen;
    direction.handshake |= (record.tcp.state & VDT_TCP_HANDSHAKE_SEEN) != 0;
  }

  KernelPath& kernel_;
  FlowTable table_;
  Flows flows_;
  Directions records_;
  std::set<vdt_flow_key, KeyBefore> closed_;
  std::set<vdt_flow_key, KeyBefore> reused_;
  std::array<std::uint64_t, VDT_MALFORMED_COUNT> malformed_{};
  Nanoseconds now_ = std::chrono::seconds(1);
  std::size_t frames_ = 0;
};

class FlowsAgree : public ::testing::TestWithParam<Hook> {
 protected:
  void compare(const std::filesystem::path& file, KernelPath& kernel) {
    file_ = file;
    Account account(kernel);
    for_each_ethernet_frame(file, [&](std::span<const std::uint8_t> frame) {
      const auto outcome = kernel.run(GetParam(), frame);
      if (!outcome)
        ADD_FAILURE() << file << ": " << outcome.error().text();
      else if (*outcome == Outcome::kRan)
        account.add(visible(GetParam(), frame), frame.size());
    });
    account.finish();
    compare_counters(account, kernel.counters());
    compare_directions(account);
    for (const auto& [key, flows] : account.flows())
      if (flows.size() == 1 && key.protocol == VDT_IP_TCP) compare_tcp(flows.front(), account);
  }

  template <typename Value>
  void expect(const Value& kernel, const Value& in_file, const std::string& what) {
    if (kernel == in_file) return;
    if (++different_ <= kShown)
      ADD_FAILURE() << file_ << ": " << what << ": kernel " << kernel << ", file " << in_file;
  }

  void compare_counters(const Account& account, const vdt_counters& kernel) {
    const std::size_t side = GetParam() == Hook::kTcEgress ? VDT_DIRECTION_OUT : VDT_DIRECTION_IN;
    const vdt_direction_counters& counted = kernel.direction[side];
    const FlowCounters in_file = account.file_counters();
    expect(counted.packets, __u64{in_file.packets}, "packets");
    expect(counted.bytes, __u64{in_file.bytes}, "bytes");
    expect(counted.not_ip_packets, __u64{in_file.not_ip_packets}, "packets that are not IP");
    expect(counted.not_ip_bytes, __u64{in_file.not_ip_bytes}, "bytes that are not IP");
    expect(counted.lost_packets, __u64{0}, "lost packets");
    expect(kernel.fragments_unknown, __u64{in_file.fragments_unknown}, "fragments without their first");
    for (int reason = 1; reason < VDT_MALFORMED_COUNT; reason++)
      expect(kernel.malformed[reason], __u64{account.malformed(reason)},
             fmt::format("malformed by {}", malformed_name(static_cast<std::uint8_t>(reason))));
    frames_ += in_file.packets;
  }

  void compare_directions(const Account& account) {
    std::map<vdt_flow_key, Counts, KeyBefore> in_file;
    for (const auto& [key, flows] : account.flows())
      for (const Flow& flow : flows)
        for (const FlowSide side : {kInitiator, kResponder}) {
          if (flow.sent[side].packets == 0) continue;
          Counts& counts = in_file[side == kInitiator ? flow.key : reversed(flow.key)];
          counts.packets += flow.sent[side].packets;
          counts.bytes += flow.sent[side].bytes;
        }
    for (const auto& [key, counts] : in_file) {
      const auto found = account.records().find(key);
      const Counts recorded = found == account.records().end() ? Counts{} : found->second.counts;
      expect(recorded.packets, counts.packets, text_of(key) + ", packets");
      expect(recorded.bytes, counts.bytes, text_of(key) + ", bytes");
    }
    for (const auto& [key, direction] : account.records())
      if (!in_file.contains(key))
        expect(direction.counts.packets, std::uint64_t{0}, text_of(key) + ", packets");
    directions_ += in_file.size();
  }

  void compare_tcp(const Flow& flow, const Account& account) {
    const std::string name = text_of(flow.key);
    Direction both;
    const vdt_flow_key back = reversed(flow.key);
    for (const FlowSide side : {kInitiator, kResponder}) {
      if (flow.sent[side].packets == 0) continue;
      const vdt_flow_key& key = side == kInitiator ? flow.key : back;
      const auto found = account.records().find(key);
      if (found == account.records().end()) return;  // told by compare_directions()
      const Direction& one = found->second;
      if (!account.reused(key))
        expect(int{one.flags}, int{flow.tcp_flags[side]},
               fmt::format("{}, flags of side {}", name, int{side}));
      both.min_length = std::min(both.min_length, one.min_length);
      both.max_length = std::max(both.max_length, one.max_length);
      both.again += one.again;
      both.zero_windows += one.zero_windows;
      both.resets += one.resets;
      both.handshake |= one.handshake;
    }
    const std::uint64_t again = std::uint64_t{flow.retransmits[0]} + flow.retransmits[1] + flow.out_of_order;
    expect(both.again, again, name + ", retransmitted or out of order");
    expect(both.zero_windows, std::uint32_t{flow.zero_windows}, name + ", zero windows");
    expect(both.resets, std::uint32_t{flow.resets}, name + ", resets");
    expect(both.handshake, flow.handshake_rtt_us != 0, name + ", handshake seen");
    expect(both.min_length, flow.min_length, name + ", smallest frame");
    expect(both.max_length, flow.max_length, name + ", largest frame");
    tcp_flows_++;
  }

  std::filesystem::path file_;
  std::size_t frames_ = 0;
  std::size_t directions_ = 0;
  std::size_t tcp_flows_ = 0;
  std::size_t different_ = 0;
};

TEST_P(FlowsAgree, OverEachCapture) {
  VEDETTE_REQUIRE(kBpf);
  const auto folder = captures();
  if (!folder) GTEST_SKIP() << kNoCaptures;
  auto kernel = KernelPath::open();
  ASSERT_TRUE(kernel) << kernel.error().text();
  if (!(*kernel)->offers(GetParam())) GTEST_SKIP() << kCantSplit;
  for (const auto& file : capture_files(*folder)) compare(file, **kernel);
  fmt::print("{}: {} frames, {} directions of flows, {} TCP flows compared, {} figures different\n",
             hook_name(GetParam()), frames_, directions_, tcp_flows_, different_);
  EXPECT_GT(frames_, 100'000U) << "too few to speak of all captures";
  EXPECT_EQ(different_, 0U);
}

INSTANTIATE_TEST_SUITE_P(Hooks, FlowsAgree, ::testing::ValuesIn(kAllHooks),
                         [](const auto& hook) { return std::string(hook_name(hook.param)); });

}  // namespace
}  // namespace vedette::tests
