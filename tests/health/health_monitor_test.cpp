// The monitor as the sensor uses it: a real web server and its client, seen from both ends.
#include "kernel/health_monitor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>

#include <algorithm>
#include <thread>

#include "base/file_descriptor.h"
#include "tests/health/joined_namespaces.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

TEST(HealthMonitorLive, TellsHealthOwnerAndDropsOfAWebServersConnections) {
  VEDETTE_REQUIRE(kTracing);
  VEDETTE_REQUIRE(kNetworkNamespaces);
  VEDETTE_REQUIRE(kCgroup2);
  for (const char* program : {"ip", "ss", "ping", "nc", "python3", "curl"}) VEDETTE_REQUIRE_PROGRAM(program);
  const JoinedNamespaces namespaces;
  std::thread([&] {
    const FileDescriptor file(open(("/run/netns/" + namespaces.right()).c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(setns(file.get(), CLONE_NEWNET), 0);
    auto monitor = HealthMonitor::start({});
    ASSERT_TRUE(monitor) << monitor.error().text();
    for (const std::string& why : monitor->why_off()) ADD_FAILURE() << why;

    const Process server(namespaces.right(), {"python3", "-m", "http.server", "8080", "--bind", "10.77.0.2"});
    ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces.right(), 8080));
    JoinedNamespaces::run(namespaces.left(),
                          "curl -s --local-port 45000 -o /dev/null http://10.77.0.2:8080/");
    JoinedNamespaces::run(namespaces.left(), "echo x | nc -u -w 1 10.77.0.2 9999 || true");

    vdt_flow_key flow{};
    inet_pton(AF_INET, "10.77.0.1", &flow.src);
    inet_pton(AF_INET, "10.77.0.2", &flow.dst);
    flow.src_port = 45000;
    flow.dst_port = 8080;
    flow.protocol = IPPROTO_TCP;
    flow.ip_version = 4;

    const auto ends = monitor->connection_health(flow);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].end, SocketEnd::kDestination);
    EXPECT_EQ(ends[0].health.role, VDT_ROLE_ACCEPTED);
    EXPECT_GT(ends[0].health.bytes_acked, 0U);
    EXPECT_GT(ends[0].health.srtt_us, 0U);

    const auto owner = monitor->owner_of(flow);
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->pid, server.pid());
    EXPECT_EQ(owner->name, "python3");

    EXPECT_EQ(monitor->tcp_totals()->connections_accepted, 1U);
    const auto drops = monitor->drops();
    const auto found = std::ranges::find(drops, "NO_SOCKET", &KernelDrop::reason);
    ASSERT_NE(found, drops.end());
    EXPECT_GE(found->packets, 1U);
  }).join();
}

TEST(HealthMonitorLive, KeepsWhatItIsAskedToKeepAlone) {
  VEDETTE_REQUIRE(kTracing);
  HealthOptions options;
  options.drops = false;
  options.owners = false;
  const auto monitor = HealthMonitor::start(options);
  ASSERT_TRUE(monitor) << monitor.error().text();
  EXPECT_TRUE(monitor->tcp_totals());
  EXPECT_FALSE(monitor->drop_totals());
  EXPECT_TRUE(monitor->drops().empty());
}

}  // namespace
}  // namespace vedette::tests
