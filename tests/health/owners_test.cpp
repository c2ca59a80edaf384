// Owners of real programs' sockets: outgoing, accepted, handed to a forked child, older than the sensor; TCP
// and UDP, IPv4 and IPv6.
#include "kernel/owners.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "base/file_descriptor.h"
#include "kernel/net_namespace.h"
#include "tests/health/joined_namespaces.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

vdt_flow_key flow(std::uint8_t protocol, const std::string& src, std::uint16_t src_port,
                  const std::string& dst, std::uint16_t dst_port) {
  vdt_flow_key key{};
  const int family = src.find(':') != std::string::npos ? AF_INET6 : AF_INET;
  inet_pton(family, src.c_str(), &key.src);
  inet_pton(family, dst.c_str(), &key.dst);
  key.src_port = src_port;
  key.dst_port = dst_port;
  key.protocol = protocol;
  key.ip_version = family == AF_INET ? 4 : 6;
  return key;
}

vdt_flow_key reverse(vdt_flow_key key) {
  std::swap(key.src, key.dst);
  std::swap(key.src_port, key.dst_port);
  return key;
}

constexpr const char* kSend =
    "import socket,sys,time\n"
    "f = socket.AF_INET6 if \":\" in sys.argv[1] else socket.AF_INET\n"
    "t = socket.SOCK_DGRAM if sys.argv[3] == \"udp\" else socket.SOCK_STREAM\n"
    "s = socket.socket(f, t)\n"
    "if len(sys.argv) > 5: s.bind((\"\", int(sys.argv[5])))\n"
    "s.connect((sys.argv[1], int(sys.argv[2])))\n"
    "s.send(b\"hello\")\n"
    "open(sys.argv[4], \"w\").write(str(s.getsockname()[1]) + \"\\n\")\n"
    "time.sleep(60)\n";

constexpr const char* kServe =
    "import socket,sys\n"
    "s = socket.create_server((\"::\", 7000), family=socket.AF_INET6, dualstack_ipv6=True)\n"
    "held = []\n"
    "while True: held.append(s.accept()[0])\n";

constexpr const char* kServeByChildren =
    "import os,socket,time\n"
    "s = socket.create_server((\"::\", 7000), family=socket.AF_INET6, dualstack_ipv6=True)\n"
    "while True:\n"
    "  c = s.accept()[0]\n"
    "  os.set_inheritable(c.fileno(), True)\n"
    "  if os.fork() == 0: os.execlp(\"sleep\", \"sleep\", \"60\")\n"
    "  c.close()\n";

constexpr const char* kServeDatagrams =
    "import socket,sys,time\n"
    "f = socket.AF_INET6 if \":\" in sys.argv[1] else socket.AF_INET\n"
    "s = socket.socket(f, socket.SOCK_DGRAM)\n"
    "s.bind((sys.argv[1], int(sys.argv[2])))\n"
    "time.sleep(60)\n";

class OwnersLive : public ::testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kTracing);
    VEDETTE_REQUIRE(kNetworkNamespaces);
    VEDETTE_REQUIRE(kCgroup2);
    for (const char* program : {"ip", "ss", "ping", "nc", "python3"}) VEDETTE_REQUIRE_PROGRAM(program);
    namespaces_.emplace();
    folder_ = std::filesystem::temp_directory_path() / fmt::format("vedette-owners-{}", getpid());
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // Runs `body` with owners started in a namespace, in a thread that is inside it.
  template <typename Body>
  static void inside(const std::string& name, Body&& body, OwnersOptions options = {}) {
    std::thread([&] {
      const FileDescriptor file(open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC));
      ASSERT_EQ(setns(file.get(), CLONE_NEWNET), 0);
      options.netns = own_netns_cookie().value();
      options.walk_interval = std::chrono::milliseconds(10);
      Owners owners = Owners::start(options);
      for (const std::string& why : owners.why_off()) ADD_FAILURE() << why;
      body(owners);
    }).join();
  }

  // A sender in the left namespace; it writes the port that it sends from into the file that it is given.
  std::unique_ptr<Process> send(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"python3", "-c", kSend};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return std::make_unique<Process>(namespaces_->left(), command);
  }
  std::uint16_t port_of(const std::string& file) {
    for (int tries = 0; tries < 400; ++tries) {
      std::ifstream in(folder_ / file);
      std::string line;
      if (std::getline(in, line) && !in.eof()) return static_cast<std::uint16_t>(std::stoi(line));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << file << " was never written";
    return 0;
  }
  std::string path(const std::string& file) { return (folder_ / file).string(); }

  std::optional<JoinedNamespaces> namespaces_;
  std::filesystem::path folder_;
};

void expect_owner(Owners& owners, const vdt_flow_key& key, pid_t pid, const std::string& name) {
  for (const vdt_flow_key& direction : {key, reverse(key)}) {
    const auto owner = owners.owner_of(direction);
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->pid, pid);
    EXPECT_EQ(owner->name, name);
    EXPECT_EQ(owner->cgroup.substr(0, 1), "/");
  }
}

TEST_F(OwnersLive, TellsWhoOpenedAConnectionAndWhoAcceptedIt) {
  inside(namespaces_->right(), [&](Owners& right) {
    const Process server(namespaces_->right(), {"python3", "-c", kServe});
    ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7000));
    std::vector<std::unique_ptr<Process>> senders;
    std::vector<vdt_flow_key> flows;
    inside(namespaces_->left(), [&](Owners& left) {
      const std::uint64_t before = left.walks();
      senders.push_back(send({"10.77.0.2", "7000", "tcp", path("four")}));
      senders.push_back(send({"fd77::2", "7000", "tcp", path("six")}));
      flows.push_back(flow(IPPROTO_TCP, "10.77.0.1", port_of("four"), "10.77.0.2", 7000));
      flows.push_back(flow(IPPROTO_TCP, "fd77::1", port_of("six"), "fd77::2", 7000));
      for (std::size_t i = 0; i < flows.size(); ++i)
        expect_owner(left, flows[i], senders[i]->pid(), "python3");
      EXPECT_EQ(left.walks(), before) << "told without a walk";
    });
    for (const vdt_flow_key& each : flows) expect_owner(right, each, server.pid(), "python3");
  });
}

TEST_F(OwnersLive, TellsTheChildThatAConnectionWasHandedTo) {
  inside(namespaces_->right(), [&](Owners& right) {
    const Process server(namespaces_->right(), {"python3", "-c", kServeByChildren});
    ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7000));
    const Process sender(namespaces_->left(),
                         {"python3", "-c", kSend, "fd77::2", "7000", "tcp", path("sender")});
    const auto key = flow(IPPROTO_TCP, "fd77::1", port_of("sender"), "fd77::2", 7000);
    std::optional<Owner> owner;
    for (int tries = 0; tries < 100 && (!owner || owner->name != "sleep"); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      owner = right.owner_of(key);
      ASSERT_TRUE(owner);
    }
    EXPECT_EQ(owner->name, "sleep");
    EXPECT_NE(owner->pid, server.pid());
    // The child outlives its parent: it is ours to end.
    kill(owner->pid, SIGKILL);
  });
}

TEST_F(OwnersLive, TellsSocketsThatAreOlderThanTheSensor) {
  const Process server(namespaces_->right(), {"python3", "-c", kServe});
  ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7000));
  const Process datagrams(namespaces_->right(), {"python3", "-c", kServeDatagrams, "0.0.0.0", "7001"});
  ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7001, true));
  const Process old(namespaces_->left(), {"python3", "-c", kSend, "10.77.0.2", "7000", "tcp", path("old")});
  const auto old_flow = flow(IPPROTO_TCP, "10.77.0.1", port_of("old"), "10.77.0.2", 7000);
  inside(namespaces_->left(), [&](Owners& left) { expect_owner(left, old_flow, old.pid(), "python3"); });
  inside(namespaces_->right(), [&](Owners& right) {
    expect_owner(right, old_flow, server.pid(), "python3");
    expect_owner(right, flow(IPPROTO_UDP, "10.77.0.1", 5555, "10.77.0.2", 7001), datagrams.pid(), "python3");
    // A new connection to the old listener.
    const Process young(namespaces_->left(),
                        {"python3", "-c", kSend, "fd77::2", "7000", "tcp", path("young")});
    expect_owner(right, flow(IPPROTO_TCP, "fd77::1", port_of("young"), "fd77::2", 7000), server.pid(),
                 "python3");
  });
}

TEST_F(OwnersLive, ReadsProcWhereTheKernelsProgramsAreRefused) {
  const Process server(namespaces_->right(), {"python3", "-c", kServe});
  ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7000));
  const Process datagrams(namespaces_->right(), {"python3", "-c", kServeDatagrams, "0.0.0.0", "7001"});
  ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7001, true));
  const auto four = send({"10.77.0.2", "7000", "tcp", path("four")});
  const auto six = send({"fd77::2", "7000", "tcp", path("six")});
  const auto flow4 = flow(IPPROTO_TCP, "10.77.0.1", port_of("four"), "10.77.0.2", 7000);
  const auto flow6 = flow(IPPROTO_TCP, "fd77::1", port_of("six"), "fd77::2", 7000);
  const auto datagram = flow(IPPROTO_UDP, "10.77.0.1", 5555, "10.77.0.2", 7001);
  const auto expect = [](Owners& owners, const vdt_flow_key& key, pid_t pid) {
    const auto owner = owners.owner_of(key);
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->pid, pid);
    EXPECT_EQ(owner->name, "python3");
  };
  const OwnersOptions by_proc{.hooks = false, .walk = false};
  inside(
      namespaces_->left(),
      [&](Owners& left) {
        expect(left, flow4, four->pid());
        expect(left, flow6, six->pid());
      },
      by_proc);
  inside(
      namespaces_->right(),
      [&](Owners& right) {
        expect(right, flow4, server.pid());
        expect(right, reverse(flow6), server.pid());
        expect(right, datagram, datagrams.pid());
      },
      by_proc);
}

TEST_F(OwnersLive, TellsBothEndsOfDatagrams) {
  inside(namespaces_->right(), [&](Owners& right) {
    const Process four(namespaces_->right(), {"python3", "-c", kServeDatagrams, "10.77.0.2", "7001"});
    const Process six(namespaces_->right(), {"python3", "-c", kServeDatagrams, "::", "7002"});
    ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7001, true));
    ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7002, true));
    std::vector<std::unique_ptr<Process>> senders;
    std::vector<vdt_flow_key> flows;
    inside(namespaces_->left(), [&](Owners& left) {
      const std::uint64_t before = left.walks();
      senders.push_back(send({"10.77.0.2", "7001", "udp", path("4")}));
      senders.push_back(send({"fd77::2", "7002", "udp", path("6")}));
      senders.push_back(send({"10.77.0.2", "7002", "udp", path("to-both"), "6000"}));
      flows.push_back(flow(IPPROTO_UDP, "10.77.0.1", port_of("4"), "10.77.0.2", 7001));
      flows.push_back(flow(IPPROTO_UDP, "fd77::1", port_of("6"), "fd77::2", 7002));
      flows.push_back(flow(IPPROTO_UDP, "10.77.0.1", port_of("to-both"), "10.77.0.2", 7002));
      for (std::size_t i = 0; i < flows.size(); ++i)
        expect_owner(left, flows[i], senders[i]->pid(), "python3");
      EXPECT_EQ(left.walks(), before) << "told without a walk";
    });
    expect_owner(right, flows[0], four.pid(), "python3");
    expect_owner(right, flows[1], six.pid(), "python3");
    expect_owner(right, flows[2], six.pid(), "python3");
  });
}

TEST_F(OwnersLive, RemembersAProcessThatHasEnded) {
  inside(namespaces_->left(), [&](Owners& left) {
    Process sender(namespaces_->left(),
                   {"python3", "-c",
                    "import socket\n"
                    "open(\"/proc/self/comm\", \"w\").write(\"brief\")\n"
                    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                    "s.connect((\"10.77.0.2\", 9999))\n"
                    "s.send(b\"x\")\n"
                    "print(s.getsockname()[1], flush=True)\n"},
                   path("brief"));
    const pid_t pid = sender.pid();
    EXPECT_EQ(sender.wait(), 0);
    const auto key = flow(IPPROTO_UDP, "10.77.0.1", port_of("brief"), "10.77.0.2", 9999);
    expect_owner(left, key, pid, "brief");
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const Nanoseconds time = std::chrono::seconds(now.tv_sec) + Nanoseconds(now.tv_nsec);
    EXPECT_FALSE(left.owner_of(reverse(key), time)) << "a flow that began after the port was given back";
  });
}

TEST_F(OwnersLive, LeavesOthersFlowsAlone) {
  inside(namespaces_->right(), [&](Owners& right) {
    const Process server(namespaces_->right(), {"python3", "-c", kServe});
    ASSERT_TRUE(JoinedNamespaces::wait_for_port(namespaces_->right(), 7000));
    EXPECT_FALSE(right.owner_of(flow(IPPROTO_TCP, "10.99.0.1", 1234, "10.98.0.1", 7000)));
    EXPECT_FALSE(right.owner_of(flow(IPPROTO_TCP, "10.77.0.1", 1234, "10.77.0.2", 7003)));
    // The same connection's tuple in the other namespace belongs to nobody there.
    inside(namespaces_->left(), [&](Owners& left) {
      EXPECT_FALSE(left.owner_of(flow(IPPROTO_TCP, "10.77.0.1", 1234, "10.77.0.2", 7000)));
    });
  });
}

TEST_F(OwnersLive, TellsTheCgroupOfTheProcess) {
  const auto mount = cgroup2_mount();
  ASSERT_TRUE(mount);
  const std::filesystem::path group =
      std::filesystem::path(*mount) / fmt::format("vedette-test-{}", getpid());
  ASSERT_TRUE(std::filesystem::create_directory(group));
  inside(namespaces_->left(), [&](Owners& left) {
    // Inside "ip netns exec" /sys is another mount, without cgroups: the shell joins the group first.
    const std::string line = fmt::format(
        "echo 0 > {}/cgroup.procs && exec ip netns exec {} python3 -c \"$0\" 10.77.0.2 9999 udp {}",
        group.string(), namespaces_->left(), path("grouped"));
    const Process sender({}, {"sh", "-c", line, kSend});
    const auto key = flow(IPPROTO_UDP, "10.77.0.1", port_of("grouped"), "10.77.0.2", 9999);
    const auto owner = left.owner_of(key);
    EXPECT_EQ(owner ? owner->cgroup : "", "/" + group.filename().string());
  });
  for (int tries = 0; tries < 100; ++tries) {
    std::error_code error;
    if (std::filesystem::remove(group, error) && !error) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST_F(OwnersLive, CountsSocketsThatTheKernelHasNoMemoryFor) {
  const std::string room =
      JoinedNamespaces::run(namespaces_->right(), "cat /proc/sys/net/core/optmem_max || true");
  if (room.find("No such file") != std::string::npos)
    GTEST_SKIP() << "not applicable: this kernel has no net.core.optmem_max of a namespace's own";
  inside(namespaces_->right(), [&](Owners& owners) {
    constexpr const char* kOpen = "python3 -c \"import socket; held = [socket.socket() for i in range(20)]\"";
    ASSERT_TRUE(owners.totals());
    JoinedNamespaces::run(namespaces_->right(), kOpen);
    EXPECT_EQ(owners.totals()->untold, 0U);
    JoinedNamespaces::run(namespaces_->right(), "sysctl -qw net.core.optmem_max=0");
    JoinedNamespaces::run(namespaces_->right(), kOpen);
    EXPECT_EQ(owners.totals()->untold, 20U);
  });
}

TEST_F(OwnersLive, WalkStaysWithinTheVerifiersBudget) {
  const auto walk = DescriptorWalk::start(namespaces_->left_cookie());
  ASSERT_TRUE(walk) << walk.error().text();
  const auto instructions = walk->object().verified_instructions("held_socket");
  ASSERT_TRUE(instructions) << instructions.error().text();
  RecordProperty("held_socket", static_cast<int>(*instructions));
  EXPECT_LE(*instructions, 100'000U);
}

TEST_F(OwnersLive, StaysWithinTheVerifiersBudget) {
  inside(namespaces_->left(), [&](Owners& left) {
    ASSERT_TRUE(left.object());
    for (const char* program : {"socket_created", "socket_bound4", "socket_bound6", "datagram_leaves",
                                "socket_released", "connection_known"}) {
      const auto instructions = left.object()->verified_instructions(program);
      ASSERT_TRUE(instructions) << instructions.error().text();
      RecordProperty(program, static_cast<int>(*instructions));
      EXPECT_LE(*instructions, 100'000U) << program;
    }
  });
}

}  // namespace
}  // namespace vedette::tests
