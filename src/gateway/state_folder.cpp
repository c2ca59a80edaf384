#include "gateway/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/synced_file.h"

namespace vedette {

namespace {

constexpr mode_t kForUs = 0600;
constexpr std::size_t kLongest = 16U << 20;

Result<void> examine(const std::filesystem::path& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0)
    return failed(path.string(), fmt::format("can't be opened: {}", std::strerror(errno)));
  if (!S_ISDIR(found.st_mode)) return unusable(path.string(), "expected a folder, found something else");
  if (found.st_uid != geteuid())
    return unusable(path.string(),
                    fmt::format("expected a folder of user {}'s, found one of {}'s", geteuid(), found.st_uid),
                    fmt::format("chown -R {} {}", geteuid(), path.string()));
  if ((found.st_mode & 077) != 0)
    return unusable(
        path.string(),
        fmt::format("expected a folder for its user alone, found mode {:o}", found.st_mode & 07777),
        fmt::format("chmod 700 {}", path.string()));
  return {};
}

}  // namespace

Result<StateFolder> StateFolder::open(const std::filesystem::path& path) {
  if (path.has_parent_path()) {
    std::error_code ignored;
    std::filesystem::create_directories(path.parent_path(), ignored);
  }
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return failed(path.string(), fmt::format("can't be made: {}", std::strerror(errno)));
  if (auto usable = examine(path); !usable) return std::unexpected(usable.error());
  FileDescriptor lock(::open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kForUs));
  if (!lock)
    return failed((path / "lock").string(), fmt::format("can't be opened: {}", std::strerror(errno)));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return failed(path.string(), "another gateway works in it", "stop it first, or name another --state");
  return StateFolder(path, std::move(lock));
}

Result<std::optional<std::string>> StateFolder::read(const std::string& name) const {
  const FileDescriptor in(::open(file(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!in && errno == ENOENT) return std::nullopt;
  std::string text;
  char piece[4096];
  ssize_t size = in ? 1 : -1;
  while (size > 0 && text.size() <= kLongest) {
    size = ::read(in.get(), piece, sizeof(piece));
    if (size > 0) text.append(piece, static_cast<std::size_t>(size));
  }
  if (size < 0) return failed(file(name).string(), fmt::format("can't be read: {}", std::strerror(errno)));
  if (text.size() > kLongest)
    return unusable(file(name).string(), fmt::format("expected {} bytes at most", kLongest));
  return text;
}

Result<void> StateFolder::write(const std::string& name, const std::string& text) const {
  return replace_file(file(name), text, kForUs);
}

Result<void> StateFolder::remove(const std::string& name) const {
  if (unlink(file(name).c_str()) != 0 && errno != ENOENT)
    return failed(file(name).string(), fmt::format("can't be removed: {}", std::strerror(errno)));
  return {};
}

}  // namespace vedette
