// However many flows end at a local process, the table keeps it of a bounded number of them.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/file_descriptor.h"
#include "flow/flow_table.h"
#include "parse/protocols.h"
#include "sensor/kernel_facts.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

constexpr std::uint16_t kPort = 9;
constexpr std::size_t kMost = 200'000;

// A UDP socket of ours on 127.0.0.1, in a network namespace of the test's own.
FileDescriptor bound_socket() {
  FileDescriptor server(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  EXPECT_EQ(ioctl(server.get(), SIOCSIFFLAGS, &loopback), 0) << std::strerror(errno);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0)
      << std::strerror(errno);
  return server;
}

Flow& add_flow(FlowTable& table, std::uint32_t number) {
  vdt_flow_key key{};
  key.ip_version = 4;
  key.protocol = VDT_IP_UDP;
  key.src.words[0] = htonl(0x0a000000 + number);
  key.dst.words[0] = htonl(INADDR_LOOPBACK);
  key.dst_port = kPort;
  RecordDelta delta;
  delta.key = &key;
  delta.packets = 1;
  delta.first = delta.last = std::chrono::seconds(1);
  return *table.add_record(delta).flow;
}

TEST(ProcessesOfFlows, AreKeptOfABoundedNumber) {
  VEDETTE_REQUIRE(kBpf);
  VEDETTE_REQUIRE(kNetworkNamespaces);
  ASSERT_EQ(unshare(CLONE_NEWNET), 0) << std::strerror(errno);
  const FileDescriptor server =
      bound_socket();  // before the sensor, which then looks for it among all sockets
  KernelFacts kernel_facts({});
  FlowTable table;
  for (std::uint32_t number = 0; number < kMost + 10'000; number++) {
    if (number % 1000 == 0) kernel_facts.tick();
    kernel_facts.note_process(table, add_flow(table, number), WallClock::monotonic_now_ns());
    ASSERT_EQ(table.with_facts(), std::min<std::size_t>(number + 1, kMost));
  }
}

}  // namespace
}  // namespace vedette::tests
