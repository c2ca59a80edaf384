// Who of several holders a socket belongs to, and which sockets answer for an address.
#include "kernel/held_sockets.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/file_descriptor.h"
#include "kernel/local_addresses.h"
#include "kernel/proc_sockets.h"
#include "kernel/process_names.h"

namespace vedette::tests {
namespace {

vdt_address address(const char* text) {
  vdt_address address{};
  inet_pton(std::string_view(text).find(':') == std::string_view::npos ? AF_INET : AF_INET6, text, &address);
  return address;
}

vdt_held_socket held(std::uint32_t pid, std::uint64_t started_ns, std::uint8_t protocol, const char* local,
                     std::uint16_t port) {
  vdt_held_socket socket{};
  socket.key.local = address(local);
  socket.key.local_port = port;
  socket.key.ip_version = std::string_view(local).find(':') == std::string_view::npos ? 4 : 6;
  socket.protocol = protocol;
  socket.pid = pid;
  socket.started_ns = started_ns;
  return socket;
}

TEST(HeldSockets, ListenerIsItsOldestHoldersAndAConnectionItsYoungestIfAskedSo) {
  vdt_held_socket master = held(10, 100, IPPROTO_TCP, "10.0.0.1", 80);
  vdt_held_socket worker = held(11, 200, IPPROTO_TCP, "10.0.0.1", 80);
  const HeldSockets listening({worker, master});
  EXPECT_EQ(listening.bound(master.key, IPPROTO_TCP)->pid, 10U);
  for (vdt_held_socket* each : {&master, &worker}) {
    each->key.remote = address("10.0.0.9");
    each->key.remote_port = 5555;
  }
  const HeldSockets connected({worker, master});
  EXPECT_EQ(connected.connection(master.key, Holder::kYoungest)->pid, 11U);
  EXPECT_EQ(connected.connection(master.key, Holder::kOldest)->pid, 10U);
}

TEST(HeldSockets, ExactAddressComesBeforeEveryAddress) {
  const HeldSockets all({held(1, 1, IPPROTO_UDP, "10.0.0.1", 53), held(2, 1, IPPROTO_UDP, "0.0.0.0", 53),
                         held(3, 1, IPPROTO_UDP, "::", 53), held(4, 1, IPPROTO_UDP, "::", 5353)});
  EXPECT_EQ(all.bound(held(0, 0, 0, "10.0.0.1", 53).key, IPPROTO_UDP)->pid, 1U);
  EXPECT_EQ(all.bound(held(0, 0, 0, "10.0.0.2", 53).key, IPPROTO_UDP)->pid, 2U);
  EXPECT_EQ(all.bound(held(0, 0, 0, "fd00::1", 53).key, IPPROTO_UDP)->pid, 3U);
  EXPECT_EQ(all.bound(held(0, 0, 0, "10.0.0.2", 5353).key, IPPROTO_UDP)->pid, 4U)
      << "an IPv6 socket takes IPv4 too";
  EXPECT_FALSE(all.bound(held(0, 0, 0, "10.0.0.2", 53).key, IPPROTO_TCP));
  EXPECT_FALSE(all.bound(held(0, 0, 0, "10.0.0.2", 54).key, IPPROTO_UDP));
}

TEST(LocalAddresses, HoldLoopbackAndGroupsButNotOthersAddresses) {
  const auto addresses = LocalAddresses::now();
  ASSERT_TRUE(addresses) << addresses.error().text();
  EXPECT_TRUE(addresses->holds(address("127.8.9.1"), 4));
  EXPECT_TRUE(addresses->holds(address("224.0.0.251"), 4));
  EXPECT_TRUE(addresses->holds(address("255.255.255.255"), 4));
  EXPECT_TRUE(addresses->holds(address("ff02::fb"), 6));
  EXPECT_FALSE(addresses->holds(address("192.0.2.1"), 4));
  EXPECT_FALSE(addresses->holds(address("2001:db8::1"), 6));
}

TEST(ProcSockets, FindAnOwnSocketByItsAddressAndPort) {
  const FileDescriptor mine(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in bound{};
  bound.sin_family = AF_INET;
  bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(mine.get(), reinterpret_cast<sockaddr*>(&bound), sizeof bound), 0);
  socklen_t length = sizeof bound;
  ASSERT_EQ(getsockname(mine.get(), reinterpret_cast<sockaddr*>(&bound), &length), 0);

  const auto all = proc_sockets(7);
  ASSERT_TRUE(all) << all.error().text();
  vdt_connection_key key = held(0, 0, 0, "127.0.0.1", ntohs(bound.sin_port)).key;
  key.netns = 7;
  const auto found = HeldSockets(*all).bound(key, IPPROTO_UDP);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(std::string(found->name), process_facts(getpid())->name);
}

TEST(ProcessName, IsNotTakenFromAProcessThatBeganLater) {
  const auto facts = process_facts(getpid());
  ASSERT_TRUE(facts);
  ProcessNames names;
  const Nanoseconds now = facts->started + std::chrono::hours(2);
  EXPECT_EQ(names.name(getpid(), facts->started + std::chrono::hours(1), now), facts->name);
  EXPECT_FALSE(names.name(getpid(), facts->started - std::chrono::seconds(1), now));
  EXPECT_FALSE(names.name(-1, now, now));
  EXPECT_FALSE(process_facts(-1));
}

}  // namespace
}  // namespace vedette::tests
