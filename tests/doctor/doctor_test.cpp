#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "base/file_descriptor.h"
#include "doctor/examination.h"
#include "doctor/interfaces.h"
#include "doctor/machine.h"
#include "doctor/netlink.h"
#include "doctor/trials.h"
#include "kernel/link_monitor.h"
#include "tests/requirements.h"

namespace vedette {

namespace {

const Fact* find(const std::vector<Fact>& facts, std::string_view area, std::string_view name) {
  const auto found =
      std::ranges::find_if(facts, [&](const Fact& fact) { return fact.area == area && fact.name == name; });
  return found == facts.end() ? nullptr : &*found;
}

// Runs `body` on a thread that is in a network namespace of its own, which ends with it.
template <typename Body>
void in_own_namespace(Body&& body) {
  std::thread thread([&] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    body();
  });
  thread.join();
}

FileDescriptor program(bpf_prog_type type) {
  std::array<bpf_insn, 2> code{};
  code[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  code[0].imm = type == BPF_PROG_TYPE_XDP ? static_cast<int>(XDP_PASS) : -1;
  code[1].code = BPF_JMP | BPF_EXIT;
  return FileDescriptor(bpf_prog_load(type, "stranger", "GPL", code.data(), code.size(), nullptr));
}

std::vector<Fact> able_machine() {
  return {{"trial", "ring buffer", FactState::kOn, "", ""},
          {"trial", "mapped array", FactState::kOn, "", ""},
          {"program", "packets", FactState::kOn, "", ""}};
}

}  // namespace

TEST(SensorVerdict, IsOnWhereTheRingTheMappedArrayAndOurProgramsWork) {
  const Fact verdict = sensor_verdict(able_machine());
  EXPECT_EQ(verdict.state, FactState::kOn);
  EXPECT_EQ(verdict.detail, "can run, with everything on");
}

TEST(SensorVerdict, StaysOnWithoutTracepointsAndNamesWhatIsMissing) {
  std::vector<Fact> facts = able_machine();
  facts.push_back({"trial", "tp_btf", FactState::kOff, "", ""});
  const Fact verdict = sensor_verdict(facts);
  EXPECT_EQ(verdict.state, FactState::kOn);
  EXPECT_EQ(verdict.detail, "can run; off or limited: tp_btf");
}

TEST(SensorVerdict, IsOffWithoutAnyOneOfTheThree) {
  for (std::size_t missing = 0; missing < 3; ++missing) {
    std::vector<Fact> facts = able_machine();
    facts[missing].state = FactState::kOff;
    const Fact verdict = sensor_verdict(facts);
    EXPECT_EQ(verdict.state, FactState::kOff);
    EXPECT_EQ(verdict.detail, "can't run: " + facts[missing].name + " is off");
  }
}

TEST(SensorVerdict, AnInterfaceNamedAsATrialIsNoTrial) {
  std::vector<Fact> facts = able_machine();
  facts.erase(facts.begin());
  facts.push_back({"eth0", "ring buffer", FactState::kOn, "", ""});
  EXPECT_EQ(sensor_verdict(facts).state, FactState::kOff);
}

TEST(Machine, TellsKernelLibbpfAndCpusToAnybody) {
  const std::vector<Fact> facts = look_at_machine();
  ASSERT_NE(find(facts, "kernel", "release"), nullptr);
  EXPECT_NE(find(facts, "kernel", "cpus"), nullptr);
  EXPECT_TRUE(find(facts, "kernel", "libbpf")->detail.starts_with("v1."));
}

TEST(Machine, WhateverIsOffOrLimitedComesWithAHint) {
  for (const Fact& fact : look_at_machine()) {
    if (fact.state == FactState::kOff || fact.state == FactState::kLimited) {
      EXPECT_NE(fact.hint, "") << fact.name;
    }
  }
}

TEST(KernelTrials, FindOnWhatTheSensorNeedsAndLeaveNoInterfaceBehind) {
  VEDETTE_REQUIRE(kBpf);
  VEDETTE_REQUIRE(kNetworkNamespaces);
  const auto before = LinkMonitor::interfaces();
  const std::vector<Fact> facts = try_kernel();
  EXPECT_EQ(LinkMonitor::interfaces(), before);
  for (const auto& [area, name] : {std::pair{"trial", "ring buffer"}, std::pair{"trial", "mapped array"},
                                   std::pair{"trial", "xdp generic"}, std::pair{"program", "packets"}}) {
    const Fact* fact = find(facts, area, name);
    ASSERT_NE(fact, nullptr) << name;
    EXPECT_EQ(fact->state, FactState::kOn) << name << ": " << fact->detail;
  }
}

TEST(KernelTrials, TellEveryTrialEvenWhereNothingIsAllowed) {
  for (const Fact& fact : try_kernel()) {
    EXPECT_NE(fact.detail, "") << fact.name;
    EXPECT_EQ(fact.detail.find("ended early"), std::string::npos) << fact.name;
  }
}

TEST(KernelTrials, AskForRootWhereNothingCouldBeTriedWithoutIt) {
  std::vector<Fact> facts;
  std::thread nobody([&] {
    // By the bare system call, which changes this thread alone.
    syscall(SYS_setresuid, 65534, 65534, 65534);
    facts = try_kernel();
  });
  nobody.join();
  ASSERT_FALSE(facts.empty());
  for (const Fact& fact : facts) {
    EXPECT_EQ(fact.state, FactState::kOff) << fact.name;
    EXPECT_EQ(fact.hint, "run as root") << fact.name;
  }
}

TEST(Netlink, AVethPairIsUpAndInItsNamespaceAlone) {
  VEDETTE_REQUIRE(kNetworkNamespaces);
  in_own_namespace([] {
    const Result<void> made = make_veth_pair("doctor0", "doctor1");
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_NE(if_nametoindex("doctor0"), 0U);
    EXPECT_NE(if_nametoindex("doctor1"), 0U);
    const Result<void> again = make_veth_pair("doctor0", "doctor1");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().text(), "rtnetlink: veth pair: File exists");
  });
  EXPECT_EQ(if_nametoindex("doctor0"), 0U);
}

TEST(Interfaces, NameAStrangersXdpProgramAndFilter) {
  VEDETTE_REQUIRE(kNetworkNamespaces);
  in_own_namespace([] {
    ASSERT_TRUE(make_veth_pair("doctor0", "doctor1"));
    const int ifindex = static_cast<int>(if_nametoindex("doctor0"));
    EXPECT_EQ(find(look_at_interfaces(), "doctor0", "xdp")->detail, "free");
    EXPECT_EQ(find(look_at_interfaces(), "doctor0", "tc")->detail, "free");

    const FileDescriptor xdp = program(BPF_PROG_TYPE_XDP);
    ASSERT_EQ(bpf_xdp_attach(ifindex, xdp.get(), XDP_FLAGS_SKB_MODE, nullptr), 0);
    const FileDescriptor filter = program(BPF_PROG_TYPE_SCHED_CLS);
    bpf_tc_hook hook{};
    hook.sz = sizeof(hook);
    hook.ifindex = ifindex;
    hook.attach_point = BPF_TC_EGRESS;
    ASSERT_EQ(bpf_tc_hook_create(&hook), 0);
    LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = filter.get());
    ASSERT_EQ(bpf_tc_attach(&hook, &options), 0);

    const std::vector<Fact> facts = look_at_interfaces();
    const Fact* taken = find(facts, "doctor0", "xdp");
    EXPECT_EQ(taken->state, FactState::kLimited);
    EXPECT_NE(taken->detail.find("\"stranger\", which is left alone"), std::string::npos) << taken->detail;
    const Fact* beside = find(facts, "doctor0", "tc");
    EXPECT_TRUE(beside->detail.starts_with("clsact out ")) << beside->detail;
    EXPECT_NE(beside->detail.find("\"stranger"), std::string::npos) << beside->detail;
  });
}

TEST(Examination, EndsWithItsVerdict) {
  const std::vector<Fact> facts = examine();
  ASSERT_FALSE(facts.empty());
  EXPECT_EQ(facts.back().area, "sensor");
  EXPECT_EQ(facts.back().state == FactState::kOn,
            !tests::missing_requirement(tests::Requirement::kBpf) &&
                !tests::missing_requirement(tests::Requirement::kNetworkNamespaces));
}

}  // namespace vedette
