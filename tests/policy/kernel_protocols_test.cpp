// The protocol policy in the packet programs, over made frames that never were on a wire, at each hook.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "abi/verdict.h"
#include "act/source_lists.h"
#include "flow/key_fold.h"
#include "tests/one_cpu.h"
#include "tests/policy/kernel_protocols.h"
#include "tests/unit/decode/hello_builder.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

const Bytes kOldHello = record(message(1, client_hello({.version = 0x0301, .any_extensions = false})));
const Bytes kNewHello =
    record(message(1, client_hello({.extensions = supported_versions({0x0304, 0x0303})})));

TEST_F(KernelProtocols, DropTheFirstPayloadThatShowsItAndAllThatFollows) {
  at_each_hook([&] {
    apply({old_tls(), ssh_1()});
    EXPECT_FALSE(drops({.sequence = 10, .flags = VDT_TCP_SYN}));
    EXPECT_FALSE(drops({.sequence = 11}));
    EXPECT_TRUE(drops({.sequence = 11, .payload = kOldHello}));
    EXPECT_TRUE(drops({.sequence = 11, .payload = kOldHello})) << "sent again";
    EXPECT_TRUE(drops({.sequence = 500, .payload = text("later")}));
    EXPECT_TRUE(drops({.sequence = 1, .payload = text("answer"), .reply = true})) << "the other direction's";
    EXPECT_FALSE(drops({.sequence = 7, .flags = VDT_TCP_FIN | VDT_TCP_ACK, .reply = true})) << "it may end";
    EXPECT_FALSE(drops({.sequence = 11, .payload = kNewHello, .client_port = 7})) << "another connection";
    EXPECT_FALSE(drops({.sequence = 11, .payload = text("SSH-2.0-x\r\n"), .client_port = 8}));
    EXPECT_TRUE(drops({.sequence = 11, .payload = text("SSH-1.5-x\r\n"), .client_port = 9}));
    const auto counts = protocols_->counts();
    ASSERT_EQ(counts.size(), 2U);
    EXPECT_EQ(counts[0].flows, 1U);
    EXPECT_EQ(counts[0].dropped_packets, 4U);
    EXPECT_EQ(counts[1].flows, 1U);
    EXPECT_EQ(counts[1].dropped_packets, 1U);
    EXPECT_EQ(counts[1].dropped_bytes, frame_of({.payload = text("SSH-1.5-x\r\n")}).size());
  });
}

// To decoders, as any first payload, and to evidence and detectors as what was dropped.
TEST_F(KernelProtocols, TellThePacketThatShowsItAsDropped) {
  auto first_bytes = FirstBytes::open(kernel_->programs(), {});
  ASSERT_TRUE(first_bytes) << first_bytes.error().text();
  at_each_hook([&] {
    apply({ssh_1()});
    std::vector<std::uint8_t> verdicts;
    for (const std::string_view banner : {"SSH-1.5-old\r\n", "SSH-2.0-new\r\n"}) {
      client_port_++;
      drops({.sequence = 99, .flags = VDT_TCP_SYN});
      drops({.sequence = 100, .payload = text(banner)});
      while ((*first_bytes)->drain([&](const vdt_first_packet& event, std::span<const std::uint8_t>) {
        verdicts.push_back(event.verdict);
      })) {
      }
    }
    EXPECT_EQ(verdicts, (std::vector<std::uint8_t>{VDT_VERDICT_DROP, VDT_VERDICT_NONE}));
  });
}

TEST_F(KernelProtocols, LetTheShortWayGoOnForFlowsThatPass) {
  at_each_hook([&] {
    apply({old_tls()});
    std::uint32_t sequence = 11;
    EXPECT_FALSE(drops({.sequence = sequence, .payload = kNewHello}));
    sequence += static_cast<std::uint32_t>(kNewHello.size());
    for (int i = 0; i < 20; i++) EXPECT_FALSE(drops({.sequence = sequence++, .payload = text("x")}));
    kernel_->tell_flows(
        [](const FlowGrowth& growth) { EXPECT_EQ(growth.record->verdict, VDT_VERDICT_NONE); });
  });
}

TEST_F(KernelProtocols, RefuseOnlyWhereTheyMatch) {
  at_each_hook([&] {
    ProtocolEntry here = old_tls();
    here.where.destination_port = {{443, 443}};
    here.where.source = {*parse_prefix("10.0.0.0/8")};
    ProtocolEntry elsewhere = ssh_1();
    elsewhere.where.destination = {*parse_prefix("203.0.113.0/24")};
    apply({here, elsewhere});
    // The packet builder's addresses are of 10.0.0.0/8 or they aren't: what it makes says so itself.
    vdt_packet facts;
    const Bytes frame = frame_of({});
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    const bool source = here.where.source[0].holds(prefix_of(facts.core.key.src, 4, 32));
    EXPECT_EQ(drops({.sequence = 1, .payload = kOldHello}), source);
    EXPECT_FALSE(drops({.sequence = 1, .payload = kOldHello, .server_port = 8443}));
    EXPECT_FALSE(drops({.sequence = 1, .payload = text("SSH-1.5-x\r\n"), .client_port = 9}));
  });
}

TEST_F(KernelProtocols, ThatObserveLetThroughAndCountAFlowOnce) {
  at_each_hook([&] {
    ProtocolEntry observed = old_tls();
    observed.observe = true;
    apply({observed});
    EXPECT_FALSE(drops({.sequence = 1, .payload = kOldHello}));
    EXPECT_FALSE(drops({.sequence = 1, .payload = kOldHello}));
    EXPECT_FALSE(drops({.sequence = 900, .flags = VDT_TCP_FIN | VDT_TCP_ACK}));
    EXPECT_EQ(flows(), (std::map<std::string, std::uint64_t>{{"old-tls", 1}}));
    EXPECT_EQ(protocols_->counts()[0].dropped_packets, 0U);
  });
}

ProtocolEntry shadow(ProtocolEntry entry, RuleVerdict verdict = RuleVerdict::kDrop) {
  entry.name = kShadowed + entry.name;
  entry.verdict = verdict;
  entry.shadow = true;
  return entry;
}

// The first of the shadow's entries that takes a connection is counted, and those in force are asked as if
// there were none: by the kernel, and where decoders tell.
TEST_F(KernelProtocols, CountInAShadowWhatThatWouldRefuse) {
  ProtocolEntry tls = old_tls(), again = old_tls(), ssh = ssh_1();
  again.name = "again";
  Handshake hello;
  hello.app = "ssh";
  hello.app_version = "1.5";
  at_each_hook([&] {
    apply({shadow(tls), shadow(again), shadow(ssh, RuleVerdict::kPass), ssh});
    EXPECT_FALSE(drops({.sequence = 1, .payload = kOldHello}));
    EXPECT_FALSE(drops({.sequence = 1, .payload = kOldHello}));
    client_port_++;
    EXPECT_TRUE(drops({.sequence = 1, .payload = text("SSH-1.5-x\r\n")})) << "the one in force";
    client_port_++;
    EXPECT_FALSE(drops({.sequence = 1, .payload = text("x")}));
    told(hello);
    EXPECT_TRUE(drops({.sequence = 2, .payload = text("x")})) << "the one in force, by a decoder";
    EXPECT_EQ(flows(), (std::map<std::string, std::uint64_t>{
                           {"~old-tls", 1}, {"~again", 0}, {"~ssh-1", 0}, {"ssh-1", 2}}));
    ProtocolEntry passing = ssh;
    passing.verdict = RuleVerdict::kPass;
    apply({shadow(ssh), passing});
    client_port_++;
    EXPECT_FALSE(drops({.sequence = 1, .payload = text("SSH-1.5-x\r\n")}));
    told(hello);
    client_port_++;
    EXPECT_FALSE(drops({.sequence = 1, .payload = text("x")}));
    told(hello);
    EXPECT_FALSE(drops({.sequence = 2, .payload = text("x")}));
    EXPECT_EQ(flows()["~ssh-1"], 2U) << "each connection once";
  });
}

TEST_F(KernelProtocols, AreSwitchedForFlowsThatAreKnown) {
  at_each_hook([&] {
    apply({ssh_1()});
    EXPECT_FALSE(drops({.sequence = 1, .payload = kOldHello}));
    EXPECT_FALSE(drops({.sequence = 400, .payload = text("x")}));
    apply({ssh_1(), old_tls()});
    EXPECT_TRUE(drops({.sequence = 401, .payload = text("x")})) << "what it spoke is known";
    apply({ssh_1()});
    EXPECT_FALSE(drops({.sequence = 402, .payload = text("x")}));
    apply({});
    EXPECT_FALSE(drops({.sequence = 403, .payload = text("x")}));
  });
}

TEST_F(KernelProtocols, ForgetAConnectionWhenAnotherBeginsBehindIt) {
  at_each_hook([&] {
    apply({ssh_1()});
    EXPECT_FALSE(drops({.sequence = 10, .flags = VDT_TCP_SYN}));
    EXPECT_TRUE(drops({.sequence = 11, .payload = text("SSH-1.5-x\r\n")}));
    EXPECT_FALSE(drops({.sequence = 9000, .flags = VDT_TCP_SYN})) << "says nothing";
    EXPECT_TRUE(drops({.sequence = 22, .payload = text("x")})) << "nor has it ended the connection";
    EXPECT_FALSE(drops({.sequence = 23, .flags = VDT_TCP_RST}));
    EXPECT_FALSE(drops({.sequence = 77'000, .flags = VDT_TCP_SYN}));
    EXPECT_FALSE(drops({.sequence = 77'001, .payload = text("SSH-2.0-x\r\n")}));
    EXPECT_EQ(flows()["ssh-1"], 1U);
  });
}

// Each CPU has a record of its own of the flow, which may not have seen what the others' have. Drops are
// counted on the CPU that the test stays on.
TEST_F(KernelProtocols, ForgetAConnectionWhoseEndCameToAnotherCpu) {
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) return;
  const int home = sched_getcpu(), away = home == 0 ? 1 : 0;
  for (const bool reset : {true, false}) {
    SCOPED_TRACE(reset ? "reset" : "ended by both");
    const std::uint8_t end = reset ? VDT_TCP_RST : VDT_TCP_FIN;
    at_each_hook([&] {
      apply({ssh_1()});
      EXPECT_FALSE(drops({.sequence = 10, .flags = VDT_TCP_SYN}));
      EXPECT_TRUE(drops({.sequence = 11, .payload = text("SSH-1.5-x\r\n")}));
      ASSERT_TRUE(stay_on_cpu(away));
      drops({.sequence = 23, .flags = end});
      ASSERT_TRUE(stay_on_cpu(home));
      if (!reset) {
        EXPECT_FALSE(drops({.sequence = 9000, .flags = VDT_TCP_SYN})) << "says nothing";
        EXPECT_TRUE(drops({.sequence = 24, .payload = text("x")})) << "nor has its other side ended it";
        ASSERT_TRUE(stay_on_cpu(away));
        drops({.sequence = 500, .flags = end, .reply = true});
        ASSERT_TRUE(stay_on_cpu(home));
      }
      EXPECT_FALSE(drops({.sequence = 77'000, .flags = VDT_TCP_SYN}));
      EXPECT_FALSE(drops({.sequence = 77'001, .payload = text("SSH-2.0-x\r\n")}));
    });
    client_port_ += 1000;
  }
}

// The record that saw the refused connection sees neither its end nor the next one's begin.
TEST_F(KernelProtocols, JudgeTheNextConnectionWhoseBeginCameToAnotherCpu) {
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) return;
  const int home = sched_getcpu(), away = home == 0 ? 1 : 0;
  at_each_hook([&] {
    apply({ssh_1()});
    EXPECT_FALSE(drops({.sequence = 10, .flags = VDT_TCP_SYN}));
    EXPECT_TRUE(drops({.sequence = 11, .payload = text("SSH-1.5-x\r\n")}));
    ASSERT_TRUE(stay_on_cpu(away));
    drops({.sequence = 23, .flags = VDT_TCP_RST});
    drops({.sequence = 77'000, .flags = VDT_TCP_SYN});
    ASSERT_TRUE(stay_on_cpu(home));
    EXPECT_FALSE(drops({.sequence = 77'001, .payload = text("SSH-2.0-x\r\n")}));
    EXPECT_FALSE(drops({.sequence = 77'012, .payload = text("x")}));
    EXPECT_EQ(flows()["ssh-1"], 1U);
    ASSERT_TRUE(stay_on_cpu(away));
    drops({.sequence = 77'013, .flags = VDT_TCP_RST});
    drops({.sequence = 99'000, .flags = VDT_TCP_SYN});
    ASSERT_TRUE(stay_on_cpu(home));
    EXPECT_FALSE(drops({.sequence = 99'000, .flags = VDT_TCP_SYN}));
    EXPECT_TRUE(drops({.sequence = 99'001, .payload = text("SSH-1.5-x\r\n")})) << "and the one behind it";
    EXPECT_EQ(flows()["ssh-1"], 2U);
  });
}

// Decoders tell of many handshakes when their connections end, and later where user space is busy.
TEST_F(KernelProtocols, LeaveTheNextConnectionAloneWhereADecoderTellsOfTheOneBefore) {
  at_each_hook([&] {
    apply({ssh_1()});
    EXPECT_FALSE(drops({.sequence = 10, .flags = VDT_TCP_SYN}));
    EXPECT_TRUE(drops({.sequence = 11, .payload = text("SSH-1.5-x\r\n")}));
    Handshake old;
    old.app = "ssh";
    old.app_version = "1.5";
    const Nanoseconds shown = now();
    std::this_thread::sleep_for(50ms);
    drops({.sequence = 23, .flags = VDT_TCP_RST});
    EXPECT_FALSE(drops({.sequence = 77'000, .flags = VDT_TCP_SYN}));
    told(old, shown);
    EXPECT_FALSE(drops({.sequence = 77'001, .payload = text("SSH-2.0-x\r\n")}));
    EXPECT_EQ(flows()["ssh-1"], 1U);
    told(old);
    EXPECT_TRUE(drops({.sequence = 77'012, .payload = text("x")})) << "its own";
    EXPECT_EQ(flows()["ssh-1"], 2U);
  });
}

TEST_F(KernelProtocols, LetPassWhatAnEntryBeforeThemTakes) {
  at_each_hook([&] {
    ProtocolEntry spared, shells;
    spared.name = "spared";
    spared.verdict = RuleVerdict::kPass;
    spared.apps = {{"ssh", {}}};
    spared.where.destination_port = {{22, 22}};
    shells.name = "shells";
    shells.apps = {{"ssh", {}}};
    apply({spared, shells});
    EXPECT_FALSE(drops({.sequence = 10, .payload = text("SSH-2.0-x\r\n"), .server_port = 22}));
    EXPECT_TRUE(drops({.sequence = 10, .payload = text("SSH-2.0-x\r\n"), .server_port = 2222}));
    EXPECT_EQ(flows(), (std::map<std::string, std::uint64_t>{{"spared", 0}, {"shells", 1}}));
    apply({shells});
    EXPECT_TRUE(drops({.sequence = 21, .payload = text("x"), .server_port = 22}))
        << "an open one, by its class";
  });
}

// Which version it is the server says, behind the hello that the kernel would refuse.
TEST_F(KernelProtocols, WaitForTheDecodersWhereAVersionIsLetPass) {
  at_each_hook([&] {
    ProtocolEntry spared, all;
    spared.name = "spared";
    spared.verdict = RuleVerdict::kPass;
    spared.apps = {{"tls", "1.2"}};
    all.name = "all";
    all.apps = {{"tls", {}}};
    apply({spared, all});
    EXPECT_FALSE(drops({.sequence = 1, .payload = kNewHello}));
    Handshake hello;
    hello.app = "tls";
    hello.add("ja3", std::string(32, 'a'));
    told_early(hello);
    EXPECT_FALSE(drops({.sequence = 2000, .payload = text("x")})) << "may be TLS 1.2";
    hello.app_version = "1.2";
    told(hello);
    EXPECT_FALSE(drops({.sequence = 2001, .payload = text("x")}));
    hello.app_version = "1.3";
    told(hello);
    EXPECT_TRUE(drops({.sequence = 2002, .payload = text("x")}));
    EXPECT_EQ(flows()["all"], 1U);
    apply({spared, all});
    EXPECT_TRUE(drops({.sequence = 2003, .payload = text("x")})) << "the same policy again";
    apply({all, spared});
    EXPECT_TRUE(drops({.sequence = 2004, .payload = text("x")})) << "refused by the first now";
  });
}

TEST_F(KernelProtocols, RefuseAtOnceWhatADecoderTells) {
  at_each_hook([&] {
    ProtocolEntry names;
    names.name = "names";
    names.sni = {".bad.example"};
    apply({names});
    EXPECT_FALSE(drops({.sequence = 1, .payload = kNewHello}));
    EXPECT_FALSE(drops({.sequence = 2000, .payload = text("x")}));
    EXPECT_FALSE(drops({.sequence = 1, .payload = text("y"), .reply = true}));
    Handshake good, bad;
    good.app = bad.app = "tls";
    good.add("sni", "good.example");
    bad.add("sni", "www.BAD.example");
    told(good);
    EXPECT_FALSE(drops({.sequence = 2001, .payload = text("x")}));
    told(bad);
    EXPECT_TRUE(drops({.sequence = 2002, .payload = text("x")}));
    EXPECT_TRUE(drops({.sequence = 2, .payload = text("y"), .reply = true}));
    told(bad);
    EXPECT_EQ(flows()["names"], 1U) << "once";
    ProtocolEntry others = names;
    others.sni = {"other.example"};
    apply({others});
    EXPECT_FALSE(drops({.sequence = 2003, .payload = text("x")})) << "let go";
  });
}

TEST_F(KernelProtocols, SpareWhomTheAllowListHolds) {
  auto lists = SourceLists::open(kernel_->programs());
  ASSERT_TRUE(lists) << lists.error().text();
  at_each_hook([&] {
    apply({old_tls()});
    const vdt_packet& packet = kernel_->packet();
    EXPECT_FALSE(drops({.sequence = 10, .flags = VDT_TCP_SYN}));
    const bool out = hook_ == Hook::kTcEgress;
    ListChange change;
    change.kind = ListKind::kAllow;
    change.prefix = prefix_of(out ? packet.core.key.dst : packet.core.key.src, 4, 32);
    ASSERT_TRUE((*lists)->put(change));
    EXPECT_FALSE(drops({.sequence = 11, .payload = kOldHello}));
    ASSERT_TRUE((*lists)->erase(ListKind::kAllow, change.prefix));
    EXPECT_TRUE(drops({.sequence = 900, .payload = text("x")})) << "no longer";
  });
}

}  // namespace
}  // namespace vedette::tests
