#include "kernel/proc_sockets.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kernel/proc_socket_table.h"
#include "kernel/process_names.h"

namespace vedette {

namespace {

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
  for_each_proc_socket([&](const ProcSocket& listed) {
    if (listed.inode == 0) return;
    vdt_held_socket socket{};
    socket.key.local = listed.local.address;
    socket.key.remote = listed.remote.address;
    socket.key.local_port = listed.local.port;
    socket.key.remote_port = listed.remote.port;
    socket.key.netns = netns;
    socket.key.ip_version = listed.ip_version;
    socket.protocol = listed.protocol;
    by_inode.emplace(listed.inode, socket);
  });
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
