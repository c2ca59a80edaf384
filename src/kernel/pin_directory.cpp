#include "kernel/pin_directory.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernel/net_namespace.h"

namespace vedette {

namespace {

constexpr const char* kMountPoint = "/sys/fs/bpf";

bool is_bpf_file_system(const char* path) {
  struct statfs information {};
  return statfs(path, &information) == 0 && information.f_type == BPF_FS_MAGIC;
}

// What keeps a folder from being made below `there`, which is in a BPF file system; empty where that isn't
// known.
std::string why_not_made(const std::filesystem::path& folder, const std::filesystem::path& there) {
  if (geteuid() != 0) return "run as root";
  // bpf_lookup() in Linux' kernel/bpf/inode.c: such names are kept for the future.
  const std::string below = std::filesystem::absolute(folder).lexically_relative(there).string();
  if (below.find('.') != std::string::npos) return "names in a BPF file system have no dot";
  return std::filesystem::is_directory(there) ? "" : there.string() + " is no folder";
}

}  // namespace

Result<PinDirectory> PinDirectory::open() {
  if (!is_bpf_file_system(kMountPoint) && mount("bpf", kMountPoint, "bpf", 0, "mode=0700") != 0)
    return failed(kMountPoint, fmt::format("the BPF file system can't be mounted: {}", std::strerror(errno)),
                  "run as root, or mount it: mount -t bpf bpf /sys/fs/bpf");
  const Result<std::uint64_t> network = own_netns_cookie();
  if (!network) return std::unexpected(network.error());
  return open(std::filesystem::path(kMountPoint) / "vedette" / fmt::format("{}", *network));
}

Result<PinDirectory> PinDirectory::open(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::path there = std::filesystem::absolute(folder, error);
  while (!std::filesystem::exists(there, error) && !error && there.has_relative_path())
    there = there.parent_path();
  // What can't be looked into says so when the folder is made.
  if (!error && !is_bpf_file_system(there.c_str()))
    return unusable(folder.string(),
                    fmt::format("expected a folder in a BPF file system, {} is in another", there.string()));
  std::filesystem::create_directories(folder, error);
  if (error)
    return failed(folder.string(), fmt::format("can't be made: {}", error.message()),
                  why_not_made(folder, there));
  return PinDirectory(folder);
}

void PinDirectory::remove() {
  if (folder_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  // Another namespace's folder keeps the parent.
  std::filesystem::remove(folder_.parent_path(), ignored);
}

}  // namespace vedette
