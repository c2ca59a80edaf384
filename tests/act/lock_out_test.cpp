#include "act/lock_out.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmp.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "kernel/local_addresses.h"

namespace vedette {
namespace {

using Texts = std::vector<std::string>;

class Logins : public ::testing::Test {
 protected:
  Logins() {
    char name[] = "/tmp/vedette-logins-XXXXXX";
    folder_ = mkdtemp(name);
    records_ = {.utmp = folder_ / "utmp", .sessions = folder_ / "sessions", .booted = folder_ / "booted"};
  }
  ~Logins() override { std::filesystem::remove_all(folder_); }

  void record(short type, std::string_view from) const {
    const Prefix prefix = *parse_prefix(from);
    utmp entry{};
    entry.ut_type = type;
    std::memcpy(entry.ut_addr_v6, &prefix.address, sizeof entry.ut_addr_v6);
    std::ofstream(records_.utmp, std::ios::binary | std::ios::app)
        .write(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  void session(const std::string& name, const std::string& lines) const {
    std::filesystem::create_directory(records_.sessions);
    std::ofstream(records_.sessions / name) << "# This is private data. Do not parse.\nUID=1000\n" << lines;
  }
  [[nodiscard]] Texts told() const {
    Texts all;
    for (const Prefix& one : logged_in_from(records_)) all.push_back(prefix_text(one));
    return all;
  }

  std::filesystem::path folder_;
  LoginRecords records_;
};

TEST_F(Logins, AreNoneWhereNoRecordsAre) {
  EXPECT_EQ(told(), Texts{});
}

TEST_F(Logins, AreUtmpsUsersWithAnAddress) {
  record(USER_PROCESS, "192.0.2.7");
  record(USER_PROCESS, "2001:db8::7");
  record(USER_PROCESS, "::ffff:192.0.2.8");
  record(USER_PROCESS, "192.0.2.7");
  record(USER_PROCESS, "0.0.0.0");  // on a terminal of the host's own
  record(DEAD_PROCESS, "192.0.2.9");
  std::ofstream(records_.utmp, std::ios::binary | std::ios::app) << "cut";
  EXPECT_EQ(told(), (Texts{"192.0.2.7", "192.0.2.8", "2001:db8::7"}));
}

TEST_F(Logins, AreLogindsRemoteSessionsThatAreOpen) {
  session("1", "STATE=active\nREMOTE=1\nREMOTE_HOST=192.0.2.7\n");
  session("2", "REMOTE_HOST=fe80::1%eth0\nREMOTE=1\nSTATE=online\n");
  session("3", "STATE=closing\nREMOTE=1\nREMOTE_HOST=192.0.2.9\n");
  session("4", "STATE=active\nREMOTE=0\nREMOTE_HOST=192.0.2.10\n");
  session("5", "STATE=active\nREMOTE=1\nREMOTE_HOST=host.example.net\n");
  session("6", "STATE=active\nREMOTE=1\nREMOTE_HOST=0.0.0.0/0\n");
  session("7", "STATE=active\nREMOTE=1\n");
  session("8", "");
  // Whoever opened it would wait for a writer.
  ASSERT_EQ(mkfifo((records_.sessions / "1.ref").c_str(), 0600), 0);
  EXPECT_EQ(told(), (Texts{"192.0.2.7", "fe80::1"}));
}

// A connection within this host to a port that listens.
class Connection {
 public:
  explicit Connection(in_addr_t to = htonl(INADDR_LOOPBACK)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {to}, .sin_zero = {}};
    socklen_t size = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, name, size) != 0 || listen(listener_, 1) != 0 ||
        getsockname(listener_, name, &size) != 0 || connect(client_, name, size) != 0)
      ADD_FAILURE() << std::strerror(errno);
    port_ = ntohs(address.sin_port);
  }
  ~Connection() {
    close(listener_);
    close(client_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int listener_ = socket(AF_INET, SOCK_STREAM, 0);
  int client_ = socket(AF_INET, SOCK_STREAM, 0);
  std::uint16_t port_ = 0;
};

TEST_F(Logins, AreUntouchableByTheirConnectionsOnWhicheverPort) {
  const Connection connection;
  const auto kept_of_port = [&] {
    return std::ranges::count_if(
        untouchables(SshSessions::kConnected, records_), [&](const Untouchable& one) {
          return one.local_port == connection.port() && one.protocol == IPPROTO_TCP &&
                 prefix_text(one.address) == "127.0.0.1" && one.what == "somebody is logged in from there";
        });
  };
  EXPECT_EQ(kept_of_port(), 0);
  session("1", "STATE=active\nREMOTE=1\nREMOTE_HOST=127.0.0.1\n");
  EXPECT_EQ(kept_of_port(), 1) << "of the connection's two ends the one that listens";
}

TEST_F(Logins, AreRecordedWhereUtmpIsThereOrSystemdRuns) {
  EXPECT_FALSE(records_logins(records_));
  std::filesystem::create_directory(records_.sessions);
  EXPECT_FALSE(records_logins(records_)) << "an image's folder, and nobody who writes into it";
  std::filesystem::create_directory(records_.booted);
  EXPECT_TRUE(records_logins(records_));
  std::filesystem::remove(records_.booted);
  record(USER_PROCESS, "192.0.2.7");
  EXPECT_TRUE(records_logins(records_));
}

TEST_F(Logins, AreUntouchableWithoutAConnection) {
  record(USER_PROCESS, "192.0.2.7");
  const std::vector<Untouchable> all = untouchables(SshSessions::kConnected, records_);
  const auto found = std::ranges::find(all, *parse_prefix("192.0.2.7"), &Untouchable::address);
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->what, "somebody is logged in from there");
  EXPECT_EQ(found->protocol, 0);
}

// An address of this host but loopback's; nothing where it has none.
std::optional<vdt_address> outer_address() {
  std::optional<vdt_address> found;
  LocalAddresses::now()->for_each([&](const vdt_address& address, std::uint8_t ip_version) {
    if (ip_version == 4 && address.bytes[0] != 127) found = address;
  });
  return found;
}

TEST(GatewayClient, IsKeptWithTheConnectionsThatAreOpenFromThere) {
  const auto outer = outer_address();
  if (!outer) GTEST_SKIP() << "not applicable: this host has 127.0.0.1 alone";
  const Connection connection(outer->words[0]);
  const std::vector<KeptPeer> kept = gateway_client(prefix_of(*outer, 4, 32));
  ASSERT_FALSE(kept.empty());
  EXPECT_EQ(kept.front().protocol, 0) << "all that comes from there";
  EXPECT_EQ(std::ranges::count(kept, connection.port(), &KeptPeer::local_port), 1);
}

TEST(GatewayClient, IsAnAddressAloneWithinTheHost) {
  const Connection connection;
  const std::vector<KeptPeer> kept = gateway_client(*parse_prefix("127.0.0.1"));
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(prefix_text(kept.front().remote), "127.0.0.1");
  EXPECT_EQ(kept.front().what, "you are working from there");
}

TEST(RecentUntouchables, AreLookedUpOnceASecond) {
  RecentUntouchables recent;
  const auto first = recent.get();
  EXPECT_EQ(recent.get(), first);
}

}  // namespace
}  // namespace vedette
