// What rules have done with packets beyond letting them pass or dropping them, at each hook: the answer to
// the byte, its sums, and what isn't answered; and another DSCP.
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "act/protocol_keeper.h"
#include "act/rule_programs.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/policy/summed_frames.h"

namespace vedette::tests {
namespace {

constexpr std::uint8_t kRst = VDT_TCP_RST, kAck = VDT_TCP_ACK, kSyn = VDT_TCP_SYN;

class KernelActs : public KernelPathTest {
 protected:
  void SetUp() override {
    KernelPathTest::SetUp();
    if (!kernel_) return;
    auto rules = RulePrograms::open(kernel_->programs());
    ASSERT_TRUE(rules) << rules.error().text();
    rules_ = std::move(*rules);
  }

  void apply(RuleVerdict verdict, std::uint32_t value) {
    Rule rule;
    rule.name = "all";
    rule.verdict = verdict;
    rule.value = value;
    const auto applied = rules_->apply({rule});
    ASSERT_TRUE(applied) << applied.error().text();
  }

  [[nodiscard]] std::uint64_t done() const { return *rules_->counts().at(0).done_packets; }

  static std::uint32_t sent(Hook hook) {
    return hook == Hook::kTcIngress ? std::uint32_t{TC_ACT_REDIRECT} : std::uint32_t{XDP_TX};
  }
  static std::uint32_t dropped(Hook hook) {
    return hook == Hook::kTcIngress ? std::uint32_t{TC_ACT_SHOT} : std::uint32_t{XDP_DROP};
  }

  // Each hook's outcome.
  template <typename Check>
  void at_each_hook(const Bytes& frame, Check&& check) {
    for (const Hook hook : {Hook::kXdp, Hook::kXdpFrags, Hook::kTcIngress}) {
      SCOPED_TRACE(hook_name(hook));
      const auto ran = kernel_->run_through(hook, frame);
      ASSERT_TRUE(ran) << ran.error().text();
      check(hook, *ran);
    }
  }

  // What the frame is answered with: the addresses are exchanged and all sums are right.
  template <typename Check>
  void expect_answer(const Bytes& frame, std::size_t link, Check&& check) {
    at_each_hook(frame, [&](Hook hook, const KernelPath::Ran& ran) {
      ASSERT_EQ(ran.action, sent(hook));
      ASSERT_GE(ran.frame.size(), 60U);
      EXPECT_EQ(part(ran.frame, 0, 12), part(frame, 6, 6) + part(frame, 0, 6));
      EXPECT_EQ(part(ran.frame, 12, link - 12), part(frame, 12, link - 12));
      const Ip asked(frame, link), answer(ran.frame, link);
      EXPECT_EQ(answer.version, asked.version);
      EXPECT_EQ(answer.source, asked.destination);
      EXPECT_EQ(answer.destination, asked.source);
      EXPECT_EQ(answer.header_sum, 0xffffU);
      EXPECT_EQ(answer.sum(), 0xffffU);
      check(answer);
    });
  }

  void expect_reset(const Bytes& frame, const Bytes& segment, std::size_t link = kLink) {
    expect_answer(frame, link, [&](const Ip& answer) {
      EXPECT_EQ(answer.protocol, VDT_IP_TCP);
      EXPECT_EQ(part(answer.inside, 0, 16), segment);
    });
  }

  void expect_unreachable(const Bytes& frame, std::uint8_t type, std::uint8_t code, std::size_t quoted,
                          std::size_t link = kLink) {
    expect_answer(frame, link, [&](const Ip& answer) {
      EXPECT_EQ(answer.protocol, answer.version == 4 ? VDT_IP_ICMP : VDT_IP_ICMPV6);
      EXPECT_EQ(answer.inside[0], type);
      EXPECT_EQ(answer.inside[1], code);
      EXPECT_EQ(part(answer.inside, 4, answer.inside.size() - 4), zeros(4) + part(frame, link, quoted));
    });
  }

  void expect_unanswered(const Bytes& frame) {
    const std::uint64_t before = done();
    at_each_hook(frame, [&](Hook hook, const KernelPath::Ran& ran) { EXPECT_EQ(ran.action, dropped(hook)); });
    EXPECT_EQ(done(), before);
  }

  std::unique_ptr<RulePrograms> rules_;
};

TEST_F(KernelActs, RejectTcpByResets) {
  apply(RuleVerdict::kReject, VDT_REJECT_USUAL);
  const auto reset = [](std::size_t seq, std::size_t ack, std::uint8_t flags) {
    return be16(22) + be16(40'000) + be32(seq) + be32(ack) + Bytes{0x50, flags, 0, 0};
  };
  expect_reset(frame4(VDT_IP_TCP, tcp(40'000, 22, kSyn, zeros(20))), reset(0, 101, kRst | kAck));
  expect_reset(frame6(VDT_IP_TCP, tcp(40'000, 22, kSyn)), reset(0, 101, kRst | kAck));
  expect_reset(frame4(VDT_IP_TCP, tcp(40'000, 22, 0x01, {}, text("what"))), reset(0, 105, kRst | kAck));
  expect_reset(frame4(VDT_IP_TCP, tcp(40'000, 22, kAck, {}, zeros(1'000))), reset(200, 0, kRst));
  expect_reset(frame4(VDT_IP_TCP, tcp(40'000, 22, kSyn | kAck), {.options = zeros(8)}), reset(200, 0, kRst));
  const Bytes inside = summed(ipv4(VDT_IP_TCP, tcp(40'000, 22, kSyn)));
  expect_reset(ethernet(VDT_ETHER_VLAN, vlan(7, VDT_ETHER_IPV4, inside)), reset(0, 101, kRst | kAck), 18);
  EXPECT_EQ(rules_->counts()[0].dropped_packets, 18U);
  EXPECT_EQ(done(), 18U);
}

TEST_F(KernelActs, RejectTheRestByIcmp) {
  apply(RuleVerdict::kReject, VDT_REJECT_USUAL);
  expect_unreachable(frame4(VDT_IP_UDP, udp(5, 53, text("a"))), 3, 3, 28);  // an even number of 29
  expect_unreachable(frame4(VDT_IP_UDP, udp(5, 53, zeros(1'000))), 3, 3, 160);
  expect_unreachable(frame6(VDT_IP_UDP, udp(5, 53, zeros(10))), 1, 4, 58);
  expect_unreachable(frame4(VDT_IP_ICMP, icmp(8, 0, zeros(4))), 3, 3, 32);
  const Bytes inside = summed(ipv4(VDT_IP_UDP, udp(5, 53, zeros(2))));
  expect_unreachable(ethernet(VDT_ETHER_VLAN, vlan(7, VDT_ETHER_IPV4, inside)), 3, 3, 30, 18);
}

TEST_F(KernelActs, RejectByTheCodeThatIsAskedFor) {
  struct Code {
    vdt_reject by;
    std::uint8_t code4, code6;
  };
  for (const Code& one : {Code{VDT_REJECT_NO_ROUTE, 0, 0}, Code{VDT_REJECT_HOST, 1, 3},
                          Code{VDT_REJECT_PORT, 3, 4}, Code{VDT_REJECT_PROHIBITED, 13, 1}}) {
    apply(RuleVerdict::kReject, one.by);
    expect_unreachable(frame4(VDT_IP_TCP, tcp(40'000, 22, kSyn)), 3, one.code4, 40);
    expect_unreachable(frame6(VDT_IP_UDP, udp(5, 53, zeros(2))), 1, one.code6, 50);
  }
}

TEST_F(KernelActs, AnswerNothingThatMustNotBe) {
  apply(RuleVerdict::kReject, VDT_REJECT_USUAL);
  const Bytes datagram = udp(5, 53, zeros(8));
  const auto with = [](Bytes frame, std::size_t at, const Bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
    if (frame[12] != 0x08) return frame;
    frame[kLink + 10] = frame[kLink + 11] = 0;
    const Bytes ip = summed(part(frame, kLink, frame.size() - kLink));
    return part(frame, 0, kLink) + ip;
  };
  const Bytes plain = frame4(VDT_IP_UDP, datagram), plain6 = frame6(VDT_IP_UDP, datagram);
  at_each_hook(plain, [](Hook hook, const KernelPath::Ran& ran) { EXPECT_EQ(ran.action, sent(hook)); });
  expect_unanswered(frame4(VDT_IP_TCP, tcp(40'000, 22, kRst)));
  expect_unanswered(frame4(VDT_IP_TCP, tcp(40'000, 22, kRst | kAck)));
  expect_unanswered(frame4(VDT_IP_ICMP, icmp(3, 1, zeros(28))));
  expect_unanswered(frame4(VDT_IP_ICMP, icmp(11, 0, zeros(28))));
  expect_unanswered(frame6(VDT_IP_ICMPV6, icmp(1, 4, zeros(48))));
  expect_unanswered(frame6(VDT_IP_ICMPV6, icmp(137, 0, zeros(32))));
  expect_unanswered(frame4(VDT_IP_UDP, datagram, {.fragment = 0x2000}));
  expect_unanswered(frame4(VDT_IP_UDP, zeros(16), {.fragment = 0x0007}));
  expect_unanswered(with(plain, 0, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
  expect_unanswered(with(plain, 0, {1, 0, 0x5e, 0, 0, 1}));
  expect_unanswered(with(plain, kLink + 16, {255, 255, 255, 255}));
  expect_unanswered(with(plain, kLink + 16, {224, 0, 0, 251}));
  expect_unanswered(with(plain, kLink + 12, {0, 0, 0, 0}));
  expect_unanswered(with(plain, kLink + 12, {127, 0, 0, 1}));
  expect_unanswered(with(plain, kLink + 12, {240, 0, 0, 1}));
  expect_unanswered(with(plain6, kLink + 24, {0xff, 0x02}));
  expect_unanswered(with(plain6, kLink + 8, zeros(16)));
  Bytes wrong = plain;
  wrong[kLink + 8]--;  // the TTL, and not the checksum
  expect_unanswered(wrong);
}

TEST_F(KernelActs, AnswerNoFloodWhole) {
  apply(RuleVerdict::kReject, VDT_REJECT_USUAL);
  const Bytes frame = frame4(VDT_IP_UDP, udp(5, 53, zeros(8)));
  for (int i = 0; i < 2'000; i++) ASSERT_TRUE(kernel_->run(Hook::kXdp, frame));
  EXPECT_EQ(rules_->counts()[0].dropped_packets, 2'000U);
  EXPECT_GE(done(), 250U);
  EXPECT_LT(done(), 2'000U);
}

TEST_F(KernelActs, SetTheDscpAlone) {
  apply(RuleVerdict::kDscp, 10);
  Bytes frame = frame4(VDT_IP_UDP, udp(5, 53, text("a")));
  frame[kLink + 1] |= 1;  // ECT(1)
  frame[kLink + 10] = frame[kLink + 11] = 0;
  frame = part(frame, 0, kLink) + summed(part(frame, kLink, frame.size() - kLink));
  at_each_hook(frame, [&](Hook hook, const KernelPath::Ran& ran) {
    EXPECT_NE(ran.action, dropped(hook));
    ASSERT_EQ(ran.frame.size(), frame.size());
    EXPECT_EQ(ran.frame[kLink + 1], 10 << 2 | 1);
    EXPECT_EQ(sum_of(part(ran.frame, kLink, 20)), 0xffffU);
    Bytes back = ran.frame;
    std::copy_n(frame.begin() + kLink, 12, back.begin() + kLink);
    EXPECT_EQ(back, frame);
  });
  Bytes frame_of_6 = frame6(VDT_IP_UDP, udp(5, 53, text("a")));
  frame_of_6[kLink] = 0x6b;  // traffic class 0xbe, of which ECN 2; flow label 0x12345
  frame_of_6[kLink + 1] = 0xe1;
  frame_of_6[kLink + 2] = 0x23;
  frame_of_6[kLink + 3] = 0x45;
  at_each_hook(frame_of_6, [&](Hook, const KernelPath::Ran& ran) {
    Bytes expected = frame_of_6;
    expected[kLink] = 0x62;  // 10 << 2 | 2 = 0x2a
    expected[kLink + 1] = 0xa1;
    EXPECT_EQ(ran.frame, expected);
  });
  EXPECT_EQ(done(), 6U);
}

// The first payload tells it to the kernel; what comes behind it is treated alike.
TEST_F(KernelActs, AreHadByWhatAConnectionSpeaks) {
  auto protocols = ProtocolKeeper::open(
      kernel_->programs(), [this](const vdt_flow_key& key) { kernel_->flow_cache().decide_anew(key); });
  ASSERT_TRUE(protocols) << protocols.error().text();
  ProtocolEntry shells;
  shells.name = "shells";
  shells.apps = {{"ssh", {}}};
  shells.verdict = RuleVerdict::kReject;
  const auto says = [](std::uint16_t port, const std::string_view what) {
    return frame4(VDT_IP_TCP, tcp(port, 22, kAck, {}, text(what)));
  };
  ASSERT_TRUE((*protocols)->apply({shells}));
  const Bytes reset = be16(22) + be16(40'000) + be32(200) + be32(0) + Bytes{0x50, kRst, 0, 0};
  expect_reset(says(40'000, "SSH-2.0-x\r\n"), reset);
  expect_reset(says(40'000, "more of it"), reset);
  at_each_hook(frame4(VDT_IP_TCP, tcp(40'000, 22, kAck)), [&](Hook hook, const KernelPath::Ran& ran) {
    EXPECT_NE(ran.action, dropped(hook)) << "so that both ends may end";
    EXPECT_NE(ran.action, sent(hook));
  });
  at_each_hook(says(40'001, "GET / HTTP/1.1\r\n\r\n"), [&](Hook hook, const KernelPath::Ran& ran) {
    EXPECT_NE(ran.action, dropped(hook));
    EXPECT_NE(ran.action, sent(hook));
  });
  EXPECT_EQ((*protocols)->counts()[0].flows, 1U);
  EXPECT_EQ((*protocols)->counts()[0].dropped_packets, 6U);

  shells.verdict = RuleVerdict::kDscp;
  shells.value = 10;
  ASSERT_TRUE((*protocols)->apply({shells}));
  for (const std::string_view what : {"SSH-2.0-x\r\n", "more of it"})
    at_each_hook(says(40'002, what), [&](Hook hook, const KernelPath::Ran& ran) {
      EXPECT_NE(ran.action, dropped(hook));
      EXPECT_EQ(ran.frame[kLink + 1] >> 2, 10);
    });
  EXPECT_EQ((*protocols)->counts()[0].dropped_packets, 6U) << "of the same name: goes on";
  ASSERT_TRUE((*protocols)->apply({}));
}

}  // namespace
}  // namespace vedette::tests
