// Frames through the parser into the reassembly.
#include "handshake/ip_reassembly.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ranges>

#include "tests/unit/handshake/fragments.h"
#include "tests/unit/parse/parsed.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

class Reassembly : public ::testing::Test {
 protected:
  void add(const Bytes& frame, Nanoseconds time = 1s, std::uint32_t wire = 0) {
    const vdt_packet facts = parsed(frame, wire);
    reassembly_.add({.time = time, .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = {}},
                    this);
  }
  void add_all(const std::vector<Bytes>& frames) {
    for (const Bytes& frame : frames) add(frame);
  }

  struct Told {
    vdt_packet facts;
    Bytes bytes;
    Nanoseconds time;
    [[nodiscard]] Bytes payload() const {
      const auto begin = bytes.begin() + facts.core.payload_offset;
      return {begin, begin + facts.core.payload_length};
    }
  };
  static Told copy(const Packet& packet) {
    return {*packet.facts, Bytes(packet.bytes.begin(), packet.bytes.end()), packet.time};
  }
  std::vector<Told> whole_, alone_;
  IpReassembly reassembly_{{.all_bytes = 16384},
                           [this](const Packet& packet) { whole_.push_back(copy(packet)); },
                           [this](const Packet& packet) { alone_.push_back(copy(packet)); }};
};

TEST_F(Reassembly, MakesADatagramWholeInAnyOrderOfItsFragments) {
  for (const auto& frames : {ipv4_fragments(kDatagram, 16), ipv6_fragments(kDatagram, 16)}) {
    ASSERT_EQ(frames.size(), 4U);
    std::vector<std::size_t> order{0, 1, 2, 3};
    do {
      whole_.clear();
      for (const std::size_t i : order) add(frames[i]);
      ASSERT_EQ(whole_.size(), 1U);
      const vdt_packet_core& core = whole_[0].facts.core;
      EXPECT_FALSE(core.facts & VDT_FACT_FRAGMENT);
      EXPECT_EQ(core.malformed, VDT_MALFORMED_NONE);
      EXPECT_EQ(core.key.protocol, VDT_IP_UDP);
      EXPECT_EQ(core.key.dst_port, 53);
      EXPECT_EQ(whole_[0].payload(), kLetters);
      EXPECT_EQ(reassembly_.memory(), 0U);
    } while (std::ranges::next_permutation(order).found);
  }
  EXPECT_TRUE(alone_.empty());
}

TEST_F(Reassembly, PassesOverCopiesOfAFragment) {
  const auto frames = ipv4_fragments(kDatagram, 24);
  add_all({frames[0], frames[0], frames[2], frames[2], frames[1]});
  ASSERT_EQ(whole_.size(), 1U);
  EXPECT_EQ(whole_[0].payload(), kLetters);
}

// RFC 5722: nothing of the datagram is told, whatever else comes of it.
TEST_F(Reassembly, TellsNothingOfFragmentsThatOverlap) {
  auto frames = ipv4_fragments(kDatagram, 24);
  const Bytes over_the_end = ipv4_fragment(kDatagram, 16, 16, true);
  Bytes other_bytes = frames[1];
  other_bytes.back() ^= 1;
  Bytes second_end = ipv4_fragment(kDatagram, 24, 16, false);
  for (const Bytes& contradiction : {over_the_end, other_bytes, second_end}) {
    add_all({frames[0], frames[1], contradiction, frames[2]});
    add_all(frames);
    reassembly_.finish();
  }
  EXPECT_TRUE(whole_.empty());
  EXPECT_TRUE(alone_.empty());
  EXPECT_EQ(reassembly_.counters().refused, 3U);
}

TEST_F(Reassembly, RefusesADatagramLongerThanAny) {
  add(ipv4_fragments(kDatagram, 24)[0]);
  add(ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_UDP, zeros(64), {.fragment = 0x1fff})));
  EXPECT_EQ(reassembly_.counters().refused, 1U);
}

TEST_F(Reassembly, TellsTheFirstFragmentAloneWhenTheRestDoesntComeInTime) {
  const auto frames = ipv4_fragments(kDatagram, 24);
  add(frames[0], 1s);
  reassembly_.expire(31s);
  EXPECT_TRUE(alone_.empty());
  add(frames[2], 31s + 1ns);
  ASSERT_EQ(alone_.size(), 1U);
  EXPECT_EQ(alone_[0].time, 1s);
  EXPECT_EQ(alone_[0].bytes, frames[0]);
  EXPECT_EQ(alone_[0].facts.core.fragment, VDT_FRAGMENT_FIRST);
  add(frames[1], 32s);
  EXPECT_TRUE(whole_.empty());
}

TEST_F(Reassembly, TellsTheFirstFragmentAloneWhereOneWasCutOff) {
  const auto frames = ipv4_fragments(kDatagram, 24);
  const Bytes cut(frames[1].begin(), frames[1].end() - 4);
  const auto wire = static_cast<std::uint32_t>(frames[1].size());
  add(frames[0]);
  add(cut, 1s, wire);
  add(frames[2]);
  EXPECT_EQ(alone_.size(), 1U);
  reassembly_.finish();
  add(cut, 1s, wire);
  add(frames[0]);
  EXPECT_EQ(alone_.size(), 2U);
  EXPECT_TRUE(whole_.empty());
}

TEST_F(Reassembly, TellsItsOwnersFirstFragmentsWhenTheOwnerEnds) {
  add(ipv4_fragments(kDatagram, 24)[0]);
  reassembly_.give_up(nullptr);
  EXPECT_TRUE(alone_.empty());
  reassembly_.give_up(this);
  EXPECT_EQ(alone_.size(), 1U);
  EXPECT_TRUE(reassembly_.empty());
}

TEST_F(Reassembly, GivesUpTheLongestWaitingForWantOfRoom) {
  for (std::uint16_t id = 0; id < 100; id++) {
    Bytes frame = ipv4_fragments(kDatagram, 24)[0];
    frame[18] = static_cast<std::uint8_t>(id);
    add(frame, Nanoseconds(id));
    EXPECT_LE(reassembly_.memory(), 16384U);
  }
  ASSERT_FALSE(alone_.empty());
  EXPECT_EQ(alone_.front().time, Nanoseconds(0));
  EXPECT_EQ(reassembly_.counters().given_up, alone_.size());
  reassembly_.finish();
  EXPECT_EQ(alone_.size(), 100U);
  EXPECT_EQ(reassembly_.memory(), 0U);
}

TEST_F(Reassembly, ReadsATunnelInADatagramThatCameInFragments) {
  const Bytes inner = ipv4(VDT_IP_UDP, kDatagram, {.last_source = 99});
  add_all(ipv4_fragments(gre(0x2000, VDT_ETHER_IPV4, be32(5), inner), 32, VDT_IP_GRE));
  ASSERT_EQ(whole_.size(), 1U);
  const vdt_packet& facts = whole_[0].facts;
  EXPECT_EQ(facts.core.key.tunnel_type, VDT_TUNNEL_GRE);
  EXPECT_EQ(facts.core.key.tunnel_id, 5U);
  EXPECT_EQ(ends(facts.core), "192.0.2.99 > 198.51.100.2");
  EXPECT_EQ(address_text(facts.outer.src, 4), "192.0.2.1");
  EXPECT_EQ(whole_[0].payload(), kLetters);
}

TEST_F(Reassembly, KeepsTheVlanAndTheTunnelThatTheFragmentsLieIn) {
  for (const Bytes& frame : ipv4_fragments(kDatagram, 24))
    add(ethernet(
        VDT_ETHER_IPV4,
        ipv4(VDT_IP_UDP, vxlan(42, Bytes(frame.begin(), frame.begin() + 12) + be16(VDT_ETHER_VLAN) +
                                       vlan(7, VDT_ETHER_IPV4, Bytes(frame.begin() + 14, frame.end()))))));
  ASSERT_EQ(whole_.size(), 1U);
  const vdt_packet& facts = whole_[0].facts;
  EXPECT_EQ(facts.core.key.tunnel_type, VDT_TUNNEL_VXLAN);
  EXPECT_EQ(facts.core.key.tunnel_id, 42U);
  EXPECT_EQ(facts.core.key.vlan[0], 7);
  EXPECT_EQ(facts.outer.dst_port, VDT_PORT_VXLAN);
  EXPECT_EQ(whole_[0].payload(), kLetters);
}

TEST_F(Reassembly, KeepsInterfacesAndVlansApart) {
  const auto frames = ipv4_fragments(kDatagram, 32);
  add(frames[0]);
  add(Bytes(frames[1].begin(), frames[1].begin() + 12) + be16(VDT_ETHER_VLAN) +
      vlan(7, VDT_ETHER_IPV4, Bytes(frames[1].begin() + 14, frames[1].end())));
  EXPECT_TRUE(whole_.empty());
}

}  // namespace
}  // namespace vedette::tests
