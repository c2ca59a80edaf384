// TCP of a host that takes only what it asked for, while it is flooded by it.
#include "act/tcp_under_attack.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "kernel/guard.h"
#include "tests/agreement/kernel_path_test.h"
#include "tests/packet_builder.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;
using Ports = std::vector<std::uint16_t>;

class TcpUnderAttackTest : public KernelPathTest {
 protected:
  void SetUp() override {
    KernelPathTest::SetUp();
    if (!kernel_) return;
    // The namespace is the test's own.
    for (const char* command : {"ip link set lo up", "ip addr add 198.51.100.2/32 dev lo"})
      ASSERT_EQ(std::system(command), 0) << command;  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
    auto guard = Guard::open(kernel_->programs());
    ASSERT_TRUE(guard) << guard.error().text();
    guard_ = std::move(*guard);
    auto hosts = SolicitedOnly::open(*guard_, true);
    ASSERT_TRUE(hosts) << hosts.error().text();
    hosts_ = std::move(*hosts);
    attacked_.emplace(
        TcpUnderAttackOptions{.hosts = *hosts_,
                              .served = [this](const Prefix&, std::size_t) { return served_; },
                              .listening = [this](const Prefix&) { return listening_; },
                              .ttl = 600ms,
                              .note = [this](const std::string& line) { notes_.push_back(line); }});
    put({443});
  }

  void TearDown() override {
    if (guard_) guard_->remove();
  }

  void put(const Ports& ports, bool tcp = false) {
    SolicitedHost host;
    host.address = host_;
    host.ports = ports;
    host.tcp = tcp;
    const auto done = hosts_->put(host);
    ASSERT_TRUE(done) << done.error().text();
  }

  Finding flood(std::string_view detector = "tcp_flood", std::string_view target = "198.51.100.2") const {
    Finding finding;
    finding.detector = detector;
    finding.kind = FindingKind::kVolumetric;
    finding.severity = Severity::kHigh;
    finding.target = parse_prefix(target).value();
    return finding;
  }

  static Nanoseconds now() { return std::chrono::system_clock::now().time_since_epoch(); }

  Response answer(const Finding& finding, ResponseMode mode = ResponseMode::kEnforce) {
    return attacked_->answer(finding, mode, now());
  }

  SolicitedHost shown() { return hosts_->all().at(0); }

  // Whether the programs drop a segment to that port.
  bool drops(std::uint16_t port, std::uint8_t flags) {
    const Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, tcp(client_port_++, port, flags)));
    const auto before = kernel_->counters().direction[VDT_DIRECTION_IN].unsolicited_packets;
    EXPECT_TRUE(kernel_->run(Hook::kXdp, frame));
    return kernel_->counters().direction[VDT_DIRECTION_IN].unsolicited_packets != before;
  }

  const Prefix host_ = parse_prefix("198.51.100.2").value();
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<SolicitedOnly> hosts_;
  std::optional<TcpUnderAttack> attacked_;
  std::optional<Ports> served_ = Ports{};
  Ports listening_;
  std::vector<std::string> notes_;
  std::uint16_t client_port_ = 2000;
};

TEST_F(TcpUnderAttackTest, IsLetInAsAnAnswerAloneUntilItsTime) {
  EXPECT_FALSE(drops(80, VDT_TCP_ACK));
  const Response response = answer(flood());
  EXPECT_EQ(response.action, FindingAction::kLimited) << response.why_not;
  EXPECT_GT(response.expires, now());
  EXPECT_TRUE(shown().tcp_until);
  EXPECT_FALSE(shown().tcp) << "as it was put";
  EXPECT_TRUE(drops(80, VDT_TCP_ACK));
  EXPECT_TRUE(drops(80, VDT_TCP_SYN));
  EXPECT_FALSE(drops(443, VDT_TCP_SYN)) << "served";
  EXPECT_EQ(shown().tcp_dropped_packets, 2U);
  std::this_thread::sleep_for(700ms);
  EXPECT_FALSE(drops(80, VDT_TCP_ACK)) << "with nobody to end it";
  attacked_->tick(now());
  EXPECT_FALSE(shown().tcp_until);
  EXPECT_EQ(notes_.size(), 2U);
}

TEST_F(TcpUnderAttackTest, KeepsOpenWhatThePolicyLetsInToAndWhatListens) {
  served_ = Ports{22, 443};
  listening_ = {8080};
  EXPECT_EQ(answer(flood("syn_ack_reflection")).action, FindingAction::kLimited);
  EXPECT_EQ(shown().tcp_ports, (Ports{22, 8080}));
  EXPECT_FALSE(drops(22, VDT_TCP_SYN));
  EXPECT_FALSE(drops(8080, VDT_TCP_SYN));
  EXPECT_TRUE(drops(8081, VDT_TCP_SYN));
}

TEST_F(TcpUnderAttackTest, IsLeftAloneWhereItsServicesCantBeTold) {
  served_.reset();
  EXPECT_NE(answer(flood()).why_not.find("the policy lets others in to more than 16 TCP ports"),
            std::string::npos);
  served_ = Ports{};
  for (std::uint16_t port = 1; port <= 17; port++) listening_.push_back(port);
  EXPECT_NE(answer(flood()).why_not.find("17 TCP ports are served"), std::string::npos);
  listening_ = {80};
  Finding syns = flood("syn_flood");
  syns.port = 80;
  EXPECT_NE(answer(syns).why_not.find("port 80 is served"), std::string::npos);
  EXPECT_FALSE(shown().tcp_until);
  syns.port = 81;
  EXPECT_EQ(answer(syns).action, FindingAction::kLimited);
}

TEST_F(TcpUnderAttackTest, IsForFloodsByTcpUponItAndWhereTheModeEnforces) {
  EXPECT_EQ(answer(flood("udp_flood")).action, FindingAction::kNone);
  EXPECT_EQ(answer(flood("tcp_flood", "198.51.100.3")).action, FindingAction::kNone);
  EXPECT_EQ(answer(flood(), ResponseMode::kObserve).action, FindingAction::kNone);
  put({443}, true);
  EXPECT_EQ(answer(flood()).action, FindingAction::kNone) << "it is on already";
  put({443});
  EXPECT_EQ(answer(flood("tcp_flood", "198.51.100.0/24")).action, FindingAction::kLimited);
}

TEST_F(TcpUnderAttackTest, GoesOnWhileThereIsSomethingToDrop) {
  ASSERT_EQ(answer(flood()).action, FindingAction::kLimited);
  const Nanoseconds first = shown().tcp_until.value();
  std::this_thread::sleep_for(400ms);
  for (int i = 0; i < 300; i++) drops(80, VDT_TCP_ACK);
  attacked_->tick(now() + 1s);
  EXPECT_GT(shown().tcp_until.value(), first);
}

TEST(ListeningTcpPorts, AreThoseOfThisNamespace) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* end = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(listener, end, size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, end, &size), 0);
  const std::uint16_t port = ntohs(address.sin_port);
  const auto listens_at = [&](std::string_view at) {
    return std::ranges::count(listening_tcp_ports(parse_prefix(at).value()), port) == 1;
  };
  EXPECT_TRUE(listens_at("127.0.0.1"));
  EXPECT_FALSE(listens_at("127.0.0.2"));
  close(listener);
}

}  // namespace
}  // namespace vedette::tests
