#include "kernel/cgroup_paths.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace vedette {

namespace {

constexpr int kFileIdKernfs = 0xfe;  // FILEID_KERNFS: the handle is the cgroup's number
constexpr std::size_t kPathsKept = 4096;

}  // namespace

Result<std::string> cgroup2_mount() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    // proc(5): id parent major:minor root mount-point options [tags] - type source options
    const std::size_t separator = line.find(" - ");
    if (separator == std::string::npos || !line.substr(separator + 3).starts_with("cgroup2 ")) continue;
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) fields >> field;
    return field;
  }
  return failed("cgroup2", "is not mounted", "mount -t cgroup2 none /sys/fs/cgroup/unified");
}

Result<CgroupPaths> CgroupPaths::open(const std::string& mount) {
  FileDescriptor root(::open(mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return failed(mount, std::strerror(errno));
  return CgroupPaths(mount, std::move(root));
}

std::optional<std::string> CgroupPaths::path(std::uint64_t id) {
  if (const auto found = known_.find(id); found != known_.end()) return found->second;
  struct Handle {
    file_handle head;
    std::array<unsigned char, sizeof(std::uint64_t)> id;
  } handle{};
  handle.head.handle_bytes = sizeof id;
  handle.head.handle_type = kFileIdKernfs;
  std::memcpy(handle.head.f_handle, &id, sizeof id);
  const FileDescriptor folder(open_by_handle_at(root_.get(), &handle.head, O_PATH | O_CLOEXEC));
  if (!folder) return std::nullopt;
  std::array<char, PATH_MAX> target{};
  const ssize_t length =
      readlink(fmt::format("/proc/self/fd/{}", folder.get()).c_str(), target.data(), target.size());
  if (length < 0) return std::nullopt;
  std::string path(target.data(), static_cast<std::size_t>(length));
  if (path.starts_with(mount_)) path.erase(0, mount_.size());
  if (path.empty()) path.push_back('/');
  if (known_.size() >= kPathsKept) known_.clear();
  known_.emplace(id, path);
  return path;
}

}  // namespace vedette
