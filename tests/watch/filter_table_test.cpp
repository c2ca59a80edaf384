// Filters as people write them, over made and captured frames: each hook's kernel program decides what
// libpcap's interpreter decides.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/requirements.h"
#include "tests/watch/frames.h"
#include "tests/watch/kernel_filter.h"

namespace vedette::tests {
namespace {

constexpr std::uint32_t kVerifierBudget = 100'000;  // instructions walked
constexpr const char* kFilters[] = {
    "",
    "ip",
    "ip6",
    "arp",
    "tcp",
    "udp",
    "sctp",
    "icmp",
    "icmp6",
    "icmp or icmp6",
    "ip proto 47",
    "ip6 proto 44",
    "proto \\tcp",
    "host 10.1.2.3",
    "src host 10.1.2.3",
    "dst host 192.0.2.7 and not arp",
    "host 2001:db8::1",
    "src host 2001:db8::2 or dst host 2001:db8::2",
    "net 10.0.0.0/8",
    "src net 192.168.0.0/16 or dst net 192.0.2.0/24",
    "net 2001:db8::/32",
    "dst net 2000::/3",
    "port 53",
    "tcp port 80",
    "udp port 53 or udp port 5353",
    "src port 443",
    "dst port 40000",
    "portrange 1-1023",
    "tcp portrange 440-450",
    "udp src portrange 50000-60000",
    "not port 22",
    "tcp port 80 and host 10.1.2.3 and not src net 192.0.2.0/24",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "tcp[tcpflags] == tcp-syn",
    "tcp[tcpflags] & (tcp-syn|tcp-ack) == (tcp-syn|tcp-ack)",
    "tcp[13] & 4 != 0",
    "ip6 and ip6[6] == 6 and ip6[53] & 2 != 0",
    "tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)",
    "tcp[((tcp[12]&0xf0)>>2):4] = 0x47455420",
    "tcp[((tcp[12]&0xf0)>>2):4] = 0x5353482d",
    "ip[0] & 0xf != 5",
    "ip[6:2] & 0x1fff != 0",
    "ip[6:2] & 0x3fff != 0 and udp",
    "ip[8] < 5",
    "ip[ip[0] & 0xf] > 3",
    "icmp[icmptype] = icmp-echo or icmp[icmptype] = icmp-unreach",
    "icmp6[icmp6type] = icmp6-echo",
    "len > 100",
    "len - 14 = ip[2:2]",
    "ip[2:2] * 2 / 3 % 7 = 1",
    "(ip[4:2] << 3 ^ ip[8]) & 0xf0 | 1 != 1",
    "ip[2:2] / ip[6] > 1",
    "less 60",
    "greater 1000",
    "ether multicast",
    "ether broadcast",
    "ip multicast",
    "ip6 multicast",
    "ether host 02:00:00:00:00:02",
    "ether src 02:00:5e:00:00:01 or ether dst 02:00:5e:00:00:01",
    "ether proto 0x88a8",
    "ether[0] & 1 = 0",
    "ether[10:4] & 0xffff = 0x0800",
    "llc",
    "stp",
    "vlan",
    "vlan 100",
    "vlan 100 and tcp",
    "vlan 100 and vlan 200 and ip6",
    "vlan and host 10.1.2.3 and tcp port 80",
    "mpls",
    "mpls 100 and mpls 200 and host 10.1.2.3",
    "pppoes",
    "pppoes 42 and ip and tcp port 80",
    "pppoed",
    "geneve",
    "geneve 0xabcd and icmp",
    "ip[1] & 0xfc >> 2 = 46",
    "ether[100:4] = 0 or ether[5000] = 0x47",
    "ether[8000:4] = 0x47474747",
};

std::vector<Frame> sample() {
  std::vector<Frame> frames = made_frames();
  std::vector<Frame> captured = captured_frames(6, 2500);
  frames.insert(frames.end(), std::make_move_iterator(captured.begin()),
                std::make_move_iterator(captured.end()));
  return frames;
}

// A filter of 120 addresses: libpcap makes of it about 500 instructions, and takes a while.
std::string long_filter() {
  std::string text = "tcp port 80";
  for (int host = 1; host <= 120; ++host)
    text += " or host 10." + std::to_string(host % 7) + ".2." + std::to_string(host % 250);
  return text;
}

class FilterTable : public ::testing::TestWithParam<Hook> {
 protected:
  void SetUp() override { VEDETTE_REQUIRE(kBpf); }

  // The first disagreement, or nothing.
  void agree(const std::string& text, const std::vector<Frame>& frames) {
    const Result<ClassicProgram> filter = compile_filter(text);
    if (!filter) {
      // What this libpcap has no word for can't be asked for either.
      RecordProperty("unknown", text);
      return;
    }
    const KernelFilter kernel(*filter, GetParam());
    ASSERT_EQ(kernel.error(), "") << text;
    EXPECT_LE(kernel.verified_instructions(), kVerifierBudget) << text;
    largest_ = std::max(largest_, kernel.verified_instructions());
    for (std::size_t at = 0; at < frames.size(); ++at) {
      const Frame& frame = frames[at];
      const std::optional<bool> found = kernel.matches(frame);
      if (!found) continue;
      const bool expected = interpret(*filter, frame, static_cast<std::uint32_t>(frame.size()));
      ASSERT_EQ(*found, expected) << text << ": frame " << at << " of " << frame.size() << " bytes";
      matched_ += expected ? 1 : 0;
      ++decided_;
    }
  }

  std::size_t decided_ = 0;
  std::size_t matched_ = 0;
  std::uint32_t largest_ = 0;
};

TEST_P(FilterTable, DecidesAsLibpcap) {
  const std::vector<Frame> frames = sample();
  for (const char* text : kFilters) agree(text, frames);
  RecordProperty("decided", static_cast<int>(decided_));
  RecordProperty("matched", static_cast<int>(matched_));
  RecordProperty("largest_program_verified_instructions", static_cast<int>(largest_));
  EXPECT_GT(decided_, 2000U);
  EXPECT_GT(matched_, decided_ / 50);
}

TEST_P(FilterTable, DecidesAsLibpcapByAFilterOfAHundredAndTwentyHosts) {
  agree(long_filter(), made_frames());
  RecordProperty("verified_instructions", static_cast<int>(largest_));
  EXPECT_GT(matched_, 0U);
}

// Frames with a VLAN tag, their tag taken out and told beside them: the filter sees them as they were on the
// wire.
TEST(FilterTableAtTc, SeesATagThatTheDeviceTookOut) {
  VEDETTE_REQUIRE(kBpf);
  std::vector<Frame> tagged;
  for (const Frame& frame : sample()) {
    if (std::optional<TakenTag> tag = tag_of(frame)) tagged.push_back(frame);
  }
  std::size_t decided = 0;
  std::size_t matched = 0;
  for (const char* text : kFilters) {
    const Result<ClassicProgram> filter = compile_filter(text);
    if (!filter) continue;
    const KernelFilter kernel(*filter, Hook::kTc);
    ASSERT_EQ(kernel.error(), "") << text;
    for (const Frame& frame : tagged) {
      const std::optional<bool> found = kernel.matches_tagged(without_tag(frame), *tag_of(frame));
      if (!found) continue;
      const bool expected = interpret(*filter, frame, static_cast<std::uint32_t>(frame.size()));
      ASSERT_EQ(*found, expected) << text << ": " << frame.size() << " bytes";
      matched += expected ? 1 : 0;
      ++decided;
    }
  }
  EXPECT_GT(matched, decided / 50);
  EXPECT_GT(decided, 300U);
}

INSTANTIATE_TEST_SUITE_P(Hooks, FilterTable, ::testing::ValuesIn(kHooks), [](const auto& hook) {
  return std::string(hook.param == Hook::kXdpFrags ? "xdp_frags" : hook_name(hook.param));
});

}  // namespace
}  // namespace vedette::tests
