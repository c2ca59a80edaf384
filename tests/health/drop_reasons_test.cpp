// Drop reasons with exact counts: what is sent to nowhere is told as dropped for that reason, and no more.
#include "kernel/drop_reasons.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/health/tracing_test.h"

namespace vedette::tests {
namespace {

class DropReasonsLive : public TracingTest {
 protected:
  DropReasons start(std::uint64_t netns) {
    auto drops = DropReasons::start(*btf_, netns);
    if (!drops) throw std::runtime_error(drops.error().text());
    return std::move(*drops);
  }

  static std::uint64_t packets(const DropReasons& drops, const std::string& reason) {
    std::uint64_t sum = 0;
    const auto counts = drops.counts();
    EXPECT_TRUE(counts);
    for (const KernelDrop& count : *counts)
      if (count.reason == reason) sum += count.packets;
    return sum;
  }
};

constexpr const char* kSendDatagrams =
    "import socket,sys\n"
    "f = socket.AF_INET6 if \":\" in sys.argv[1] else socket.AF_INET\n"
    "s = socket.socket(f, socket.SOCK_DGRAM)\n"
    "for i in range(int(sys.argv[3])): s.sendto(b\"x\" * 100, (sys.argv[1], int(sys.argv[2])))\n";

TEST_F(DropReasonsLive, CountsEachDatagramToAClosedPortAndTellsItsInterface) {
  const DropReasons drops = start(namespaces_->right_cookie());
  const DropReasons elsewhere = start(namespaces_->left_cookie());
  const int ifindex =
      std::stoi(JoinedNamespaces::run(namespaces_->right(), "cat /sys/class/net/veth0/ifindex"));
  for (const char* address : {"10.77.0.2", "fd77::2"})
    EXPECT_EQ(Process(namespaces_->left(), {"python3", "-c", kSendDatagrams, address, "9999", "137"}).wait(),
              0);

  EXPECT_EQ(packets(drops, "NO_SOCKET"), 274U);
  const auto counts = drops.counts();
  ASSERT_TRUE(counts);
  const auto found = std::ranges::find(*counts, "NO_SOCKET", &KernelDrop::reason);
  ASSERT_NE(found, counts->end());
  EXPECT_EQ(found->ifindex, static_cast<std::uint32_t>(ifindex));
  EXPECT_EQ(packets(elsewhere, "NO_SOCKET"), 0U);
  EXPECT_GE(elsewhere.totals()->elsewhere, 274U);
}

TEST_F(DropReasonsLive, CountsDatagramsThatAFullSocketRefuses) {
  const DropReasons drops = start(namespaces_->right_cookie());
  const char* const hold =
      "import socket,time\n"
      "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
      "s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)\n"
      "s.bind((\"10.77.0.2\", 9000))\n"
      "time.sleep(60)\n";
  const Process holder(namespaces_->right(), {"python3", "-c", hold});
  ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 9000, true));
  EXPECT_EQ(
      Process(namespaces_->left(), {"python3", "-c", kSendDatagrams, "10.77.0.2", "9000", "200"}).wait(), 0);
  const std::uint64_t refused = JoinedNamespaces::snmp(namespaces_->right(), "Udp", "RcvbufErrors");
  EXPECT_GT(refused, 100U);
  EXPECT_EQ(packets(drops, "SOCKET_RCVBUFF"), refused);
}

TEST_F(DropReasonsLive, CountsDropsOfTheQueueThatPacketsLeaveBy) {
  const DropReasons drops = start(namespaces_->left_cookie());
  JoinedNamespaces::run(namespaces_->left(),
                        "tc qdisc add dev veth0 root tbf rate 1mbit burst 2kb limit 3kb");
  EXPECT_EQ(
      Process(namespaces_->left(), {"python3", "-c", kSendDatagrams, "10.77.0.2", "9000", "300"}).wait(), 0);
  const std::string shown =
      JoinedNamespaces::run(namespaces_->left(), "tc -s qdisc show dev veth0 | grep -o \"dropped [0-9]*\"");
  const std::uint64_t told = std::stoull(shown.substr(std::string("dropped ").size()));
  EXPECT_GT(told, 200U);
  EXPECT_EQ(packets(drops, "QDISC_DROP") + packets(drops, "QDISC_OVERLIMIT"), told);
}

// Interface numbers 512 apart share a slot: the first has it, the second goes beside, the third finds no
// room.
TEST_F(DropReasonsLive, CountsDropsThatFindNoRoomInTheTable) {
  VEDETTE_REQUIRE_PROGRAM("taskset");
  constexpr int kFirst = 3000, kEach = 25;
  for (const std::string& name : {namespaces_->left(), namespaces_->right()})
    JoinedNamespaces::run(name,
                          "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
  for (int i = 0; i < 3; i++) {
    const int index = kFirst + i * VDT_DROP_SLOTS;
    JoinedNamespaces::run(
        namespaces_->right(),
        fmt::format("ip link add drops{0} index {1} type veth peer name drops{0} netns {2} && "
                    "ip addr add 10.78.{0}.2/24 dev drops{0} && ip link set drops{0} up",
                    i, index, namespaces_->left()));
    JoinedNamespaces::run(
        namespaces_->left(),
        fmt::format("ip addr add 10.78.{0}.1/24 dev drops{0} && ip link set drops{0} up", i));
    JoinedNamespaces::run(namespaces_->left(), fmt::format("ping -c 1 -W 5 -n 10.78.{}.2", i));
  }
  auto drops = DropReasons::start(*btf_, namespaces_->right_cookie(), 1);
  ASSERT_TRUE(drops) << drops.error().text();
  // On one CPU: each has slots of its own.
  for (int i = 0; i < 3; i++)
    EXPECT_EQ(Process(namespaces_->left(), {"taskset", "-c", "0", "python3", "-c", kSendDatagrams,
                                            fmt::format("10.78.{}.2", i), "9999", std::to_string(kEach)})
                  .wait(),
              0);
  EXPECT_EQ(packets(*drops, "NO_SOCKET"), 2U * kEach);
  const auto totals = drops->totals();
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->map_full, static_cast<std::uint64_t>(kEach));
}

TEST_F(DropReasonsLive, StaysWithinTheVerifiersBudget) {
  const DropReasons drops = start(0);
  const auto instructions = drops.object().verified_instructions(drops.program());
  ASSERT_TRUE(instructions) << instructions.error().text();
  RecordProperty(drops.program(), static_cast<int>(*instructions));
  EXPECT_LE(*instructions, 100'000U);
}

}  // namespace
}  // namespace vedette::tests
