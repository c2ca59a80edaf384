// Frames through the parser and the flow table, and whole again into the tracker.
#include "handshake/whole_packets.h"

#include <gtest/gtest.h>

#include <string>

#include "handshake/handshake_json.h"
#include "packet/parse.h"
#include "tests/unit/decode/dns_builder.h"
#include "tests/unit/handshake/fragments.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kTxt = 16;
const Bytes kText = Bytes{46} + text("a text that is longer than a fragment of it is");

Bytes answer(std::uint16_t id) {
  return udp(53, 40000, dns_answer(id, "vedette.example", kTxt, kText, 60));
}

class WholePacketsTest : public ::testing::Test {
 protected:
  void add(const Bytes& frame, Nanoseconds time = 1s) {
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    const Packet packet{.time = time, .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = {}};
    const FlowTable::Place place = table_.add_packet(packet);
    packets_++;
    whole_.add(packet, place);
  }
  void ask(std::uint16_t id) {
    Bytes frame =
        ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(40000, 53, dns_query(id, "vedette.example", kTxt))));
    std::swap_ranges(frame.begin() + 26, frame.begin() + 30, frame.begin() + 30);  // from the other end
    add(frame);
  }
  void finish() {
    whole_.finish();
    table_.finish();
  }

  std::vector<std::string> told_;
  std::uint64_t packets_ = 0;
  HandshakeTracker tracker_{{}, [this](const HandshakeView& view) {
                              fmt::memory_buffer line;
                              JsonWriter json(line);
                              write_handshake(json, view);
                              told_.emplace_back(line.data(), line.size());
                            }};
  FlowTable table_{{}, [this](const FlowView& view) { whole_.end(view.flow); }};
  WholePackets whole_{table_, tracker_};
};

TEST_F(WholePacketsTest, TellsAnAnswerThatCameInFragments) {
  ask(1);
  for (const Bytes& frame : ipv4_fragments(answer(1), 40)) add(frame, 2s);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_NE(told_[0].find("a text that is longer than a fragment"), std::string::npos) << told_[0];
  EXPECT_NE(told_[0].find(R"("latency_us":1000000)"), std::string::npos) << told_[0];
}

TEST_F(WholePacketsTest, TellsWhatTheFirstFragmentSaysWhereTheRestDoesntCome) {
  ask(1);
  add(ipv4_fragments(answer(1), 40)[0], 2s);
  EXPECT_TRUE(told_.empty());
  finish();
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_NE(told_[0].find(R"("rcode":"NOERROR")"), std::string::npos) << told_[0];
}

// The flow is idle for longer than a datagram waits: its fragment is told before it ends.
TEST_F(WholePacketsTest, TellsTheFirstFragmentOfAFlowThatEnds) {
  ask(1);
  add(ipv4_fragments(answer(1), 40)[0], 2s);
  ask(2);
  add(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, udp(7, 9, text("later")))), 500s);
  EXPECT_FALSE(told_.empty());
}

TEST_F(WholePacketsTest, TellsAPacketInAFragmentedTunnelWhereItsFlowIsKnown) {
  const auto in_tunnel = [](const Bytes& packet) { return gre(0, VDT_ETHER_IPV4, {}, packet); };
  const Bytes inner_answer = in_tunnel(ipv4(VDT_IP_UDP, answer(1), {.last_source = 9}));
  for (const Bytes& frame : ipv4_fragments(inner_answer, 40, VDT_IP_GRE)) add(frame);
  EXPECT_EQ(whole_.without_flow(), 1U);
  // Any packet of that flow that comes whole.
  add(ethernet(VDT_ETHER_IPV4,
               ipv4(VDT_IP_GRE, in_tunnel(ipv4(VDT_IP_UDP, udp(53, 40000, dns_answer(7, "a", kTxt, {0}, 1)),
                                               {.last_source = 9})))));
  for (const Bytes& frame : ipv4_fragments(inner_answer, 40, VDT_IP_GRE)) add(frame);
  finish();
  EXPECT_EQ(whole_.without_flow(), 1U);
  const auto has_text = [](const std::string& one) {
    return one.find("a text that is longer") != std::string::npos;
  };
  EXPECT_EQ(std::ranges::count_if(told_, has_text), 1);
}

// Fragments within a datagram that came in fragments.
TEST_F(WholePacketsTest, JoinsFragmentsWithinFragments) {
  ask(1);
  std::size_t known = 0;
  for (const Bytes& frame : ipv4_fragments(answer(1), 40)) {
    const Bytes inner(frame.begin() + 14, frame.end());
    for (const Bytes& outer : ipv4_fragments(inner, 32, VDT_IP_IPIP)) {
      Bytes numbered = outer;
      numbered[18] = static_cast<std::uint8_t>(known);
      add(numbered);
    }
    known++;
  }
  finish();
  EXPECT_EQ(whole_.counters().whole, known + 1);
}

TEST_F(WholePacketsTest, ChangesNothingInTheFlows) {
  ask(1);
  for (const Bytes& frame : ipv4_fragments(answer(1), 40)) add(frame);
  EXPECT_EQ(table_.live(), 1U);
  EXPECT_EQ(table_.counters().packets, packets_);
  table_.for_each([&](const FlowView& view) {
    EXPECT_EQ(view.flow.sent[kInitiator].packets + view.flow.sent[kResponder].packets, packets_);
  });
}

}  // namespace
}  // namespace vedette::tests
