// Where kernel maps and links outlive the daemon: a folder in the BPF file system, one for each network
// namespace, so that sensors in several namespaces don't meet.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace vedette {

// Any thread, one at a time.
class PinDirectory {
 public:
  // No folder: of programs that pin nothing.
  PinDirectory() = default;
  // /sys/fs/bpf/vedette/<cookie of this network namespace>, made where it is missing; mounts the BPF file
  // system on /sys/fs/bpf where nothing is mounted there. Not the namespace's inode: that comes again when
  // the namespace has gone, and with it whatever a daemon left in the folder.
  [[nodiscard]] static Result<PinDirectory> open();
  // `folder` must lie in a BPF file system.
  [[nodiscard]] static Result<PinDirectory> open(const std::filesystem::path& folder);

  [[nodiscard]] std::filesystem::path path(std::string_view name) const { return folder_ / name; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  // Takes every pin away, the folder with them, and the parent where nobody else uses it. What they pinned
  // ends unless something else holds it.
  void remove();

 private:
  explicit PinDirectory(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

}  // namespace vedette
