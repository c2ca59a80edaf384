// TCP health against the kernel's own counters and ss, with real programs in namespaces of the test's own.
#include "kernel/tcp_health.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <time.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "kernel/connection_key.h"
#include "tests/health/tracing_test.h"

namespace vedette::tests {
namespace {

class TcpHealthLive : public TracingTest {
 protected:
  TcpHealth start(std::uint64_t netns) {
    auto health = TcpHealth::start(*btf_, {.netns = netns});
    if (!health) throw std::runtime_error(health.error().text());
    return std::move(*health);
  }

  static vdt_connection_key key(std::uint64_t netns, const char* local, std::uint16_t local_port,
                                const char* remote, std::uint16_t remote_port) {
    vdt_connection_key key{};
    const int family = std::strchr(local, ':') != nullptr ? AF_INET6 : AF_INET;
    inet_pton(family, local, &key.local);
    inet_pton(family, remote, &key.remote);
    key.netns = netns;
    key.local_port = local_port;
    key.remote_port = remote_port;
    key.ip_version = family == AF_INET ? 4 : 6;
    return key;
  }
};

TEST_F(TcpHealthLive, CountsRetransmissionsAsTheKernelDoes) {
  const std::string& left = namespaces_->left();
  const TcpHealth health = start(namespaces_->left_cookie());
  // A link far slower than the sender, with a short queue: what doesn't fit is lost.
  JoinedNamespaces::run(left, "tc qdisc add dev veth0 root tbf rate 20mbit burst 8kb limit 12kb");
  Process server(namespaces_->right(), {"iperf3", "-s", "-1"});
  ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 5201));
  const std::uint64_t before = JoinedNamespaces::snmp(left, "Tcp", "RetransSegs");
  JoinedNamespaces::run(left, "iperf3 -c 10.77.0.2 -t 2 -P 3 --cport 40000");
  const auto stream_of = [&](std::uint16_t port) {
    return health.of(key(namespaces_->left_cookie(), "10.77.0.1", port, "10.77.0.2", 5201));
  };
  // Closed connections still send what the slow link has not taken yet.
  for (std::uint16_t port = 40000; port < 40003; ++port) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (auto stream = stream_of(port); stream && stream->closed_ns == 0; stream = stream_of(port)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << port;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  const std::uint64_t told_by_kernel = JoinedNamespaces::snmp(left, "Tcp", "RetransSegs") - before;

  const auto totals = health.totals();
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_GT(told_by_kernel, 10U);
  EXPECT_EQ(totals->retransmits, told_by_kernel);
  EXPECT_EQ(totals->map_full, 0U);
  EXPECT_EQ(totals->connections_attempted, JoinedNamespaces::snmp(left, "Tcp", "ActiveOpens"));

  // The three streams' records add up to nearly all of it (the control connection has its own).
  std::uint64_t of_streams = 0;
  for (std::uint16_t port = 40000; port < 40003; ++port) {
    const auto stream = stream_of(port);
    ASSERT_TRUE(stream) << port;
    EXPECT_EQ(stream->role, VDT_ROLE_OPENED);
    EXPECT_GT(stream->srtt_us, 0U);
    EXPECT_GT(stream->congestion_window, 0U);
    EXPECT_GT(stream->bytes_acked, 10'000U);  // the three don't share the link evenly
    EXPECT_GT(stream->closed_ns, stream->established_ns);
    EXPECT_GT(stream->established_ns, 0U);
    of_streams += stream->retransmits;
  }
  EXPECT_LE(of_streams, told_by_kernel);
  EXPECT_GT(of_streams, told_by_kernel / 2);
}

TEST_F(TcpHealthLive, CountsResetsOfAClosedPortOnBothSides) {
  const TcpHealth left = start(namespaces_->left_cookie());
  const TcpHealth right = start(namespaces_->right_cookie());
  for (const char* address : {"10.77.0.2", "fd77::2"})
    JoinedNamespaces::run(namespaces_->left(),
                          fmt::format("for i in 1 2 3; do nc -w 1 {} 4444 || true; done", address));
  const auto caller = left.totals();
  const auto called = right.totals();
  ASSERT_TRUE(caller && called);
  EXPECT_EQ(called->resets_sent, 6U);
  EXPECT_EQ(called->resets_sent, JoinedNamespaces::snmp(namespaces_->right(), "Tcp", "OutRsts"));
  EXPECT_EQ(called->resets_received, 0U);
  EXPECT_EQ(caller->resets_received, 6U);
  EXPECT_EQ(caller->connections_attempted, 6U);
  EXPECT_EQ(caller->connections_refused, 6U);
  EXPECT_EQ(caller->connections_opened, 0U);
}

TEST_F(TcpHealthLive, TellsBothEndsOfAConnectionOverIpv4AndIpv6) {
  const TcpHealth left = start(namespaces_->left_cookie());
  const TcpHealth right = start(namespaces_->right_cookie());
  const char* const serve =
      "import socket\n"
      "s = socket.create_server((\"::\", 7000), family=socket.AF_INET6, dualstack_ipv6=True)\n"
      "for i in range(2):\n"
      "  c = s.accept()[0]\n"
      "  n = 0\n"
      "  while b := c.recv(65536): n += len(b)\n"
      "  c.close()\n";
  Process server(namespaces_->right(), {"python3", "-c", serve});
  ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7000));
  JoinedNamespaces::run(namespaces_->left(), "head -c 300000 /dev/zero | nc -N -p 41000 10.77.0.2 7000");
  JoinedNamespaces::run(namespaces_->left(), "head -c 300000 /dev/zero | nc -N -p 41001 fd77::2 7000");
  EXPECT_EQ(server.wait(), 0);

  const std::array<std::tuple<const char*, const char*, std::uint16_t>, 2> connections = {
      {{"10.77.0.1", "10.77.0.2", std::uint16_t{41000}}, {"fd77::1", "fd77::2", std::uint16_t{41001}}}};
  for (const auto& [caller, called, port] : connections) {
    const auto opened = left.of(key(namespaces_->left_cookie(), caller, port, called, 7000));
    const auto accepted = right.of(key(namespaces_->right_cookie(), called, 7000, caller, port));
    ASSERT_TRUE(opened) << caller;
    ASSERT_TRUE(accepted) << called;
    EXPECT_EQ(opened->role, VDT_ROLE_OPENED);
    EXPECT_EQ(accepted->role, VDT_ROLE_ACCEPTED);
    EXPECT_GE(opened->bytes_acked, 300'000U);
    EXPECT_GE(accepted->bytes_received, 300'000U);
    EXPECT_GT(opened->closed_ns, 0U);
    EXPECT_GT(accepted->closed_ns, 0U);
  }
  EXPECT_EQ(right.totals()->connections_accepted, 2U);
  EXPECT_EQ(left.totals()->connections_opened, 2U);
  EXPECT_EQ(left.totals()->connections_closed, 2U);
}

TEST_F(TcpHealthLive, ForgetsOnlyWhatClosedLongEnoughAgo) {
  TcpHealth left = start(namespaces_->left_cookie());
  for (int i = 0; i < 5; ++i)
    JoinedNamespaces::run(namespaces_->left(),
                          fmt::format("nc -w 1 -p {} 10.77.0.2 4444 || true", 42000 + i));
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const Nanoseconds time = std::chrono::seconds(now.tv_sec) + Nanoseconds(now.tv_nsec);
  EXPECT_EQ(left.forget_closed(time, std::chrono::hours(1)), 0U);
  EXPECT_EQ(left.forget_closed(time, Nanoseconds(0)), 5U);
  EXPECT_FALSE(left.of(key(namespaces_->left_cookie(), "10.77.0.1", 42000, "10.77.0.2", 4444)));
}

TEST_F(TcpHealthLive, CountsConnectionsThatFindNoRoom) {
  auto health = TcpHealth::start(*btf_, {.netns = namespaces_->left_cookie(), .connections = 2});
  ASSERT_TRUE(health) << health.error().text();
  for (int i = 0; i < 6; ++i)
    JoinedNamespaces::run(namespaces_->left(),
                          fmt::format("nc -w 1 -p {} 10.77.0.2 4444 || true", 43000 + i));
  EXPECT_EQ(health->totals()->connections_attempted, 6U);
  EXPECT_GE(health->totals()->map_full, 4U);
}

TEST_F(TcpHealthLive, StaysWithinTheVerifiersBudget) {
  const TcpHealth health = start(0);
  EXPECT_TRUE(health.why_off().empty());
  for (const char* program : {"tcp_segment", "tcp_retransmitted", "tcp_synack_retransmitted",
                              "tcp_state_changed", "tcp_reset_sent", "tcp_reset_received"}) {
    const auto instructions = health.object().verified_instructions(program);
    ASSERT_TRUE(instructions) << instructions.error().text();
    RecordProperty(program, static_cast<int>(*instructions));
    EXPECT_LE(*instructions, 100'000U) << program;
  }
}

}  // namespace
}  // namespace vedette::tests
