#include "kernel/proc_sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kernel/process_names.h"

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

struct End {
  vdt_address address{};
  std::uint16_t port = 0;
};

// "0100007F:1F90": each 32-bit word of the address as a number of this host, the port as a number.
std::optional<End> parse_end(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  End end;
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

void read_table(const Table& table, std::uint64_t netns,
                std::unordered_map<std::uint64_t, vdt_held_socket>& by_inode) {
  std::ifstream lines(table.path);
  std::string line;
  std::getline(lines, line);  // the headings
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string number, local, remote, skipped;
    std::uint64_t inode = 0;
    fields >> number >> local >> remote;
    for (int i = 0; i < 6; ++i) fields >> skipped;
    if (!(fields >> inode) || inode == 0) continue;
    const std::optional<End> here = parse_end(local);
    const std::optional<End> there = parse_end(remote);
    if (!here || !there) continue;
    vdt_held_socket socket{};
    socket.key.local = here->address;
    socket.key.remote = there->address;
    socket.key.local_port = here->port;
    socket.key.remote_port = there->port;
    socket.key.netns = netns;
    socket.key.ip_version = table.ip_version;
    socket.protocol = table.protocol;
    if (table.ip_version == 6 && (is_mapped(socket.key.local) || is_mapped(socket.key.remote))) {
      unmap(socket.key.local);
      unmap(socket.key.remote);
      socket.key.ip_version = 4;
    }
    by_inode.emplace(inode, socket);
  }
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

std::optional<std::uint64_t> socket_inode(const std::string& descriptor) {
  std::array<char, 64> target{};
  const ssize_t length = readlink(descriptor.c_str(), target.data(), target.size());
  constexpr std::string_view kPrefix = "socket:[";
  if (length <= 0) return std::nullopt;
  const std::string_view text(target.data(), static_cast<std::size_t>(length));
  if (!text.starts_with(kPrefix)) return std::nullopt;
  std::uint64_t inode = 0;
  std::from_chars(text.data() + kPrefix.size(), text.data() + text.size(), inode);
  return inode;
}

}  // namespace

Result<std::vector<vdt_held_socket>> proc_sockets(std::uint64_t netns) {
  std::unordered_map<std::uint64_t, vdt_held_socket> by_inode;
  for (const Table& table : kTables) read_table(table, netns, by_inode);
  std::vector<vdt_held_socket> all;
  const Folder processes(opendir("/proc"));
  if (!processes) return failed("/proc", std::strerror(errno));
  while (const dirent* process = readdir(processes.get())) {
    const std::string_view name = process->d_name;
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size())
      continue;
    const std::string path = fmt::format("/proc/{}/fd", pid);
    const Folder descriptors(opendir(path.c_str()));
    if (!descriptors) continue;  // gone, or not ours to see
    std::optional<ProcessFacts> facts;
    while (const dirent* descriptor = readdir(descriptors.get())) {
      const auto inode = socket_inode(path + "/" + descriptor->d_name);
      const auto found = inode ? by_inode.find(*inode) : by_inode.end();
      if (found == by_inode.end()) continue;
      if (!facts) facts = process_facts(pid);
      if (!facts) break;
      vdt_held_socket held = found->second;
      held.pid = static_cast<std::uint32_t>(pid);
      held.started_ns = static_cast<std::uint64_t>(facts->started.count());
      facts->name.copy(held.name, sizeof held.name - 1);
      all.push_back(held);
    }
  }
  return all;
}

}  // namespace vedette
