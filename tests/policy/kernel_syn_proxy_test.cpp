// The SYN proxy's answers to the byte, and what it then lets through, at the hooks that can send.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstdlib>
#include <optional>

#include "act/syn_proxy.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/policy/summed_frames.h"

namespace vedette::tests {
namespace {

constexpr std::uint8_t kSyn = VDT_TCP_SYN, kAck = VDT_TCP_ACK, kRst = VDT_TCP_RST, kFin = VDT_TCP_FIN;
constexpr std::uint8_t kEce = VDT_TCP_ECE, kCwr = VDT_TCP_CWR;
constexpr std::uint16_t kPort = 443;
constexpr std::uint32_t kSequence = 100;  // packet_builder.h's
constexpr std::array kHooks{Hook::kXdp, Hook::kXdpFrags};

const Bytes kMss = Bytes{2, 4} + be16(1460), kSack{4, 2}, kScale{1, 3, 3, 9},
            kTimestamp = Bytes{8, 10} + be32(0x01020304) + be32(0);

std::uint32_t number_at(const Bytes& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

// A SYN-ACK's TCP segment.
struct SynAck {
  explicit SynAck(const Bytes& frame, std::size_t link = kLink) : ip(frame, link), tcp(ip.inside) {
    sequence = number_at(tcp, 4);
    acknowledged = number_at(tcp, 8);
    flags = tcp[13];
    options = part(tcp, 20, std::size_t{tcp[12]} / 4 - 20);
  }
  Ip ip;
  Bytes tcp, options;
  std::uint32_t sequence = 0, acknowledged = 0;
  std::uint8_t flags = 0;
};

class KernelSynProxy : public KernelPathTest {
 protected:
  void SetUp() override {
    KernelPathTest::SetUp();
    if (!kernel_) return;
    // The namespace is the test's own.
    for (const char* command : {"ip link set lo up mtu 1500", "ip addr add 198.51.100.2/32 dev lo",
                                "ip addr add 2001:db8::2/128 dev lo"})
      ASSERT_EQ(std::system(command), 0) << command;  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
    auto guard = Guard::open(kernel_->programs());
    ASSERT_TRUE(guard) << guard.error().text();
    guard_ = std::move(*guard);
    auto proxy = SynProxy::open(*guard_);
    ASSERT_TRUE(proxy) << proxy.error().text();
    proxy_ = std::move(*proxy);
  }

  void TearDown() override {
    if (guard_) guard_->remove();
  }

  void protect(vdt_proxy_mode mode, vdt_proxy_method method) {
    const auto started = proxy_->start({.port = kPort, .mode = mode, .method = method, .addresses = {}});
    ASSERT_TRUE(started) << started.error().text();
  }

  // Each story has its own client, so that none has shown itself already.
  Bytes segment(std::uint8_t flags, const Bytes& options = {}) {
    return tcp(client_port_, kPort, flags, options);
  }
  [[nodiscard]] Bytes frame_of(const Bytes& segment) const {
    return frame4(VDT_IP_TCP, segment, {.last_source = client_});
  }

  static void number(Bytes& segment, std::uint32_t sequence, std::uint32_t acknowledged) {
    const Bytes both = be32(sequence) + be32(acknowledged);
    std::copy(both.begin(), both.end(), segment.begin() + 4);
  }

  [[nodiscard]] KernelPath::Ran ran(Hook hook, const Bytes& frame) const {
    auto done = kernel_->run_through(hook, frame);
    EXPECT_TRUE(done) << done.error().text();
    return done ? std::move(*done) : KernelPath::Ran{};
  }
  [[nodiscard]] std::uint32_t action(Hook hook, const Bytes& frame) const { return ran(hook, frame).action; }

  // The answer to a SYN: turned round, its sums right.
  std::optional<SynAck> answered(Hook hook, const Bytes& frame, std::size_t link = kLink) {
    const KernelPath::Ran done = ran(hook, frame);
    EXPECT_EQ(done.action, std::uint32_t{XDP_TX});
    if (done.action != XDP_TX) return {};
    EXPECT_EQ(part(done.frame, 0, 12), part(frame, 6, 6) + part(frame, 0, 6));
    EXPECT_EQ(part(done.frame, 12, link - 12), part(frame, 12, link - 12));
    const Ip asked(frame, link);
    SynAck answer(done.frame, link);
    EXPECT_EQ(answer.ip.source, asked.destination);
    EXPECT_EQ(answer.ip.destination, asked.source);
    EXPECT_EQ(answer.ip.header_sum, 0xffffU);
    EXPECT_EQ(answer.ip.sum(), 0xffffU);
    EXPECT_EQ(part(answer.tcp, 0, 4), part(asked.inside, 2, 2) + part(asked.inside, 0, 2));
    EXPECT_EQ(part(answer.tcp, 14, 2), be16(64240));
    return answer;
  }

  template <typename Story>
  void at_each_hook(Story&& story) {
    for (const Hook hook : kHooks) {
      SCOPED_TRACE(hook_name(hook));
      client_++;
      client_port_++;
      story(hook);
    }
  }

  [[nodiscard]] vdt_proxy_counts counts() const { return proxy_->all().at(0).counts; }

  std::unique_ptr<Guard> guard_;
  std::unique_ptr<SynProxy> proxy_;
  std::uint8_t client_ = 10;
  std::uint16_t client_port_ = 40'000;
};

// Those that need the kernel's cookies.
class KernelSynCookies : public KernelSynProxy {
 protected:
  void SetUp() override {
    KernelSynProxy::SetUp();
    if (!proxy_) return;
    if (!guard_->takes_cookies()) GTEST_SKIP() << "not applicable: " << guard_->why_no_cookies();
    protect(VDT_PROXY_ALWAYS, VDT_PROXY_COOKIE);
  }
};

TEST_F(KernelSynCookies, AnswerASynWithTheSizeAlone) {
  at_each_hook([&](Hook hook) {
    const auto answer = answered(hook, frame_of(segment(kSyn, kMss)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->flags, kSyn | kAck);
    EXPECT_EQ(answer->acknowledged, kSequence + 1);
    EXPECT_EQ(answer->options, kMss);
  });
}

TEST_F(KernelSynCookies, OfferOptionsThatTheTimestampCarries) {
  at_each_hook([&](Hook hook) {
    const auto answer = answered(hook, frame_of(segment(kSyn, kMss + kSack + kTimestamp + kScale)));
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->options.size(), 20U);
    EXPECT_EQ(part(answer->options, 0, 8), (kMss + kSack + Bytes{8, 10}));
    EXPECT_EQ(part(answer->options, 12, 4), be32(0x01020304)) << "the client's, echoed";
    EXPECT_EQ(part(answer->options, 16, 4), (Bytes{1, 3, 3, VDT_PROXY_WINDOW_SCALE}));
    // The client's scale of 9, SACK, no ECN, and the third size, in the timestamp's low byte.
    EXPECT_EQ(answer->options[11], 9 | VDT_COOKIE_SACK | 3 << VDT_COOKIE_MSS_SHIFT);
  });
}

TEST_F(KernelSynCookies, TellTheSizeThatTheCookieHas) {
  struct Size {
    std::uint16_t offered;
    std::uint8_t index;
  };
  for (const Size& one : {Size{536, 0}, Size{1299, 0}, Size{1300, 1}, Size{1440, 2}, Size{9000, 3}}) {
    SCOPED_TRACE(one.offered);
    const Bytes options = Bytes{2, 4} + be16(one.offered) + Bytes{1, 1} + kTimestamp;
    const auto answer = answered(Hook::kXdp, frame_of(segment(kSyn, options)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->options[11], VDT_COOKIE_WSCALE | one.index << VDT_COOKIE_MSS_SHIFT);
  }
}

TEST_F(KernelSynCookies, AgreeToEcnWhereTheClientAsks) {
  at_each_hook([&](Hook hook) {
    const auto answer =
        answered(hook, frame_of(segment(kSyn | kEce | kCwr, kMss + Bytes{1, 1} + kTimestamp)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->flags, kSyn | kAck | kEce);
    EXPECT_TRUE(answer->options[11] & VDT_COOKIE_ECN);
  });
}

TEST_F(KernelSynCookies, AnswerInTheTagAndInIpv6) {
  at_each_hook([&](Hook hook) {
    const Bytes tagged =
        ethernet(VDT_ETHER_VLAN, vlan(7, VDT_ETHER_IPV4, summed(ipv4(VDT_IP_TCP, segment(kSyn, kMss)))));
    ASSERT_TRUE(answered(hook, tagged, 18));
    const auto answer = answered(hook, frame6(VDT_IP_TCP, segment(kSyn, kMss)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->options, (Bytes{2, 4} + be16(1440)));
  });
}

TEST_F(KernelSynCookies, LetTheRightAnswerThroughAndNoOther) {
  at_each_hook([&](Hook hook) {
    const auto answer = answered(hook, frame_of(segment(kSyn, kMss)));
    ASSERT_TRUE(answer);
    Bytes ack = segment(kAck);
    number(ack, kSequence + 1, answer->sequence + 2);
    EXPECT_EQ(action(hook, frame_of(ack)), std::uint32_t{XDP_DROP}) << "another cookie";
    number(ack, kSequence + 1000, answer->sequence + 1);  // one nearby is another size to Linux
    EXPECT_EQ(action(hook, frame_of(ack)), std::uint32_t{XDP_DROP}) << "of another SYN";
    Bytes end = segment(kFin | kAck | kRst);
    number(end, kSequence + 1, answer->sequence + 1);
    EXPECT_EQ(action(hook, frame_of(end)), std::uint32_t{XDP_DROP}) << "no plain acknowledgement";
    const std::uint64_t verified = counts().verified;
    number(ack, kSequence + 1, answer->sequence + 1);
    EXPECT_EQ(action(hook, frame_of(ack)), std::uint32_t{XDP_PASS});
    EXPECT_EQ(counts().verified, verified + 1);
    EXPECT_EQ(action(hook, frame_of(segment(kSyn, kMss))), std::uint32_t{XDP_PASS}) << "it has shown itself";
  });
}

TEST_F(KernelSynCookies, LeaveOtherPortsAndAddressesAlone) {
  at_each_hook([&](Hook hook) {
    EXPECT_EQ(action(hook, frame_of(tcp(client_port_, kPort + 1, kSyn))), std::uint32_t{XDP_PASS});
    Bytes elsewhere = frame_of(segment(kSyn));
    elsewhere[kLink + 19]++;  // the destination's last byte
    EXPECT_EQ(action(hook, elsewhere), std::uint32_t{XDP_PASS});
  });
  EXPECT_EQ(counts().seen, 0U);
}

TEST_F(KernelSynCookies, RefuseASynThatCantBeAnswered) {
  at_each_hook([&](Hook hook) {
    const Bytes first = frame4(VDT_IP_TCP, segment(kSyn, kMss), {.fragment = 0x2000});
    EXPECT_EQ(action(hook, first), std::uint32_t{XDP_DROP});
  });
  EXPECT_EQ(counts().seen, counts().unanswerable);
  EXPECT_EQ(counts().seen, kHooks.size());
}

TEST_F(KernelSynProxy, KnowsASourceByItsReset) {
  ASSERT_NO_FATAL_FAILURE(protect(VDT_PROXY_ALWAYS, VDT_PROXY_RESET));
  at_each_hook([&](Hook hook) {
    const auto answer = answered(hook, frame_of(segment(kSyn, kMss + kSack + kTimestamp + kScale)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->flags, kSyn | kAck);
    EXPECT_NE(answer->acknowledged, kSequence + 1);
    EXPECT_EQ(answer->options, kMss) << "nobody goes on from it";
    Bytes reset = segment(kRst);
    number(reset, answer->acknowledged + 1, 0);
    EXPECT_EQ(action(hook, frame_of(reset)), std::uint32_t{XDP_DROP}) << "of another SYN-ACK";
    EXPECT_EQ(action(hook, frame_of(segment(kSyn))), std::uint32_t{XDP_TX}) << "it has shown nothing";
    number(reset, answer->acknowledged, 0);
    EXPECT_EQ(action(hook, frame_of(reset)), std::uint32_t{XDP_DROP}) << "it was for the proxy alone";
    EXPECT_EQ(action(hook, frame_of(segment(kSyn))), std::uint32_t{XDP_PASS});
  });
}

TEST_F(KernelSynProxy, BeginsWhereTooManySynsComeToNothing) {
  ASSERT_NO_FATAL_FAILURE(protect(VDT_PROXY_NEED, VDT_PROXY_RESET));
  EXPECT_EQ(action(Hook::kXdp, frame_of(segment(kSyn))), std::uint32_t{XDP_PASS});
  std::uint32_t last = XDP_PASS;
  // Far more than a window's floor, as a window may end within.
  for (int i = 0; i < 20 * VDT_PROXY_FLOOR && last == XDP_PASS; i++)
    last = action(Hook::kXdp, frame_of(segment(kSyn)));
  EXPECT_EQ(last, std::uint32_t{XDP_TX});
  const vdt_proxy_counts now = counts();
  EXPECT_GE(now.passed, std::uint64_t{VDT_PROXY_FLOOR});
  EXPECT_EQ(now.seen, now.passed + now.challenged + now.unanswerable);
}

TEST_F(KernelSynProxy, LetsAVerifiedSourceOweNoMoreThanItMay) {
  ASSERT_NO_FATAL_FAILURE(protect(VDT_PROXY_ALWAYS, VDT_PROXY_RESET));
  const auto answer = answered(Hook::kXdp, frame_of(segment(kSyn)));
  ASSERT_TRUE(answer);
  Bytes reset = segment(kRst);
  number(reset, answer->acknowledged, 0);
  EXPECT_EQ(action(Hook::kXdp, frame_of(reset)), std::uint32_t{XDP_DROP});
  for (int i = 0; i < VDT_PROXY_OWED; i++)
    ASSERT_EQ(action(Hook::kXdp, frame_of(segment(kSyn))), std::uint32_t{XDP_PASS}) << i;
  EXPECT_EQ(action(Hook::kXdp, frame_of(segment(kSyn))), std::uint32_t{XDP_TX});
}

}  // namespace
}  // namespace vedette::tests
