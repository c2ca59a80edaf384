#include "kernel/proc_socket_table.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace vedette {

namespace {

struct Table {
  const char* path;
  std::uint8_t protocol;
  std::uint8_t ip_version;
};

// proc(5) and proc_net(5). A thread's own namespace, which need not be its process'.
constexpr std::array kTables = {
    Table{"/proc/thread-self/net/tcp", IPPROTO_TCP, 4}, Table{"/proc/thread-self/net/tcp6", IPPROTO_TCP, 6},
    Table{"/proc/thread-self/net/udp", IPPROTO_UDP, 4}, Table{"/proc/thread-self/net/udp6", IPPROTO_UDP, 6}};

// "0100007F:1F90": each 32-bit word of the address as a number of this host, the port as a number.
std::optional<ProcSocketEnd> parse_end(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  ProcSocketEnd end;
  for (std::size_t word = 0; word < colon / 8; ++word) {
    const char* begin = text.data() + word * 8;
    if (std::from_chars(begin, begin + 8, end.address.words[word], 16).ptr != begin + 8) return std::nullopt;
  }
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), end.port, 16);
  return end;
}

bool is_mapped(const vdt_address& address) {
  return address.halves[0] == 0 && address.words[2] == htonl(0xffff);  // RFC 4291 §2.5.5.2
}

void unmap(vdt_address& address) {
  address.words[0] = address.words[3];
  address.words[1] = 0;
  address.halves[1] = 0;
}

void read_table(const Table& table, const std::function<void(const ProcSocket&)>& take) {
  std::ifstream lines(table.path);
  std::string line;
  std::getline(lines, line);  // the headings
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string number, local, remote, state, skipped;
    ProcSocket socket;
    socket.protocol = table.protocol;
    socket.ip_version = table.ip_version;
    fields >> number >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) fields >> skipped;
    if (!(fields >> socket.inode)) continue;
    const std::optional<ProcSocketEnd> here = parse_end(local);
    const std::optional<ProcSocketEnd> there = parse_end(remote);
    if (!here || !there) continue;
    std::from_chars(state.data(), state.data() + state.size(), socket.state, 16);
    socket.local = *here;
    socket.remote = *there;
    if (table.ip_version == 6 && (is_mapped(socket.local.address) || is_mapped(socket.remote.address))) {
      unmap(socket.local.address);
      unmap(socket.remote.address);
      socket.ip_version = 4;
    }
    take(socket);
  }
}

}  // namespace

void for_each_proc_socket(const std::function<void(const ProcSocket&)>& take) {
  for (const Table& table : kTables) read_table(table, take);
}

}  // namespace vedette
