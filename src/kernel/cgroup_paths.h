// From a cgroup's number to its path below the cgroup2 mount: "/system.slice/sshd.service".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// Where cgroup2 is mounted, from /proc/self/mountinfo; fails where it isn't.
[[nodiscard]] Result<std::string> cgroup2_mount();

// One thread at a time.
class CgroupPaths {
 public:
  // `mount` as cgroup2_mount() gives it.
  [[nodiscard]] static Result<CgroupPaths> open(const std::string& mount);

  // Nothing where the cgroup is gone and was never asked for before, or where we lack CAP_DAC_READ_SEARCH.
  [[nodiscard]] std::optional<std::string> path(std::uint64_t id);
  // The mount's own folder, for attaching.
  [[nodiscard]] int root_fd() const { return root_.get(); }

 private:
  CgroupPaths(std::string mount, FileDescriptor root) : mount_(std::move(mount)), root_(std::move(root)) {}

  std::string mount_;
  FileDescriptor root_;
  std::unordered_map<std::uint64_t, std::string> known_;
};

}  // namespace vedette
