#include "serve/unix_listener.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace vedette {

namespace {

constexpr const char* kGroup = "vedette";
constexpr int kWaitingConnections = 64;

std::optional<gid_t> api_group() {
  std::array<char, 4096> buffer{};
  group found{};
  group* result = nullptr;
  if (getgrnam_r(kGroup, &found, buffer.data(), buffer.size(), &result) != 0 || !result) return std::nullopt;
  return found.gr_gid;
}

bool is_member(uid_t user, gid_t primary, gid_t wanted) {
  if (primary == wanted) return true;
  std::array<char, 4096> buffer{};
  passwd found{};
  passwd* result = nullptr;
  if (getpwuid_r(user, &found, buffer.data(), buffer.size(), &result) != 0 || !result) return false;
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (getgrouplist(found.pw_name, found.pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    if (getgrouplist(found.pw_name, found.pw_gid, groups.data(), &count) < 0) return false;
  }
  groups.resize(static_cast<std::size_t>(count));
  return std::ranges::find(groups, wanted) != groups.end();
}

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof(address.sun_path))
    return unusable(path.string(),
                    fmt::format("a socket's path has at most {} bytes", sizeof(address.sun_path) - 1));
  std::copy(path.native().begin(), path.native().end(), address.sun_path);
  return address;
}

// Nobody has it open any more: a daemon that is alive but busy gives EAGAIN, not this.
bool is_abandoned(const sockaddr_un& address) {
  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
         errno == ECONNREFUSED;
}

// Those of `folder` and what is above it that were not there, deepest first.
std::vector<std::filesystem::path> make_folders(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> made;
  std::error_code ignored;
  for (auto missing = folder; !missing.empty() && !std::filesystem::exists(missing, ignored);
       missing = missing.parent_path())
    made.push_back(missing);
  std::filesystem::create_directories(folder, ignored);
  return made;
}

void remove_empty(const std::vector<std::filesystem::path>& folders) {
  for (const auto& folder : folders) rmdir(folder.c_str());
}

}  // namespace

Result<void> UnixListener::examine(const std::filesystem::path& path) {
  const auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  std::error_code ignored;
  const std::filesystem::file_status found = std::filesystem::symlink_status(path, ignored);
  if (!std::filesystem::exists(found)) return {};
  if (!std::filesystem::is_socket(found))
    return unusable(path.string(), "expected a socket or nothing, found something else",
                    "name another --socket");
  if (is_abandoned(*address)) return {};
  return failed(path.string(), "a sensor is already running here", "stop it first, or name another --socket");
}

Result<UnixListener> UnixListener::open(const std::filesystem::path& path, std::optional<uid_t> gateway) {
  if (auto free = examine(path); !free) return std::unexpected(free.error());
  const auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  std::error_code ignored;
  std::vector<std::filesystem::path> made = make_folders(path.parent_path());
  // At most the socket that a dead daemon left.
  std::filesystem::remove(path, ignored);
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Nobody may connect between bind and chmod.
  const mode_t old_mask = umask(0117);
  const int bound = bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address));
  const int error = errno;
  umask(old_mask);
  if (bound != 0) {
    remove_empty(made);
    return failed(path.string(), fmt::format("can't be listened on: {}", std::strerror(error)));
  }
  UnixListener opened(std::move(listener), path, std::move(made), gateway);
  const auto group = api_group();
  if (group && chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0)
    return failed(path.string(), fmt::format("can't be given to group {}: {}", kGroup, std::strerror(errno)));
  // A gateway outside of the group gets in as the file's owner. Who may speak is asked of each peer besides.
  // Where that may not be, the gateway says that it is kept out; the sensor serves its host all the same.
  if (gateway && !(group && is_member(*gateway, static_cast<gid_t>(-1), *group))) [[maybe_unused]]
    const int given = chown(path.c_str(), *gateway, static_cast<gid_t>(-1));
  if (listen(opened.fd(), kWaitingConnections) != 0)
    return failed(path.string(), fmt::format("can't be listened on: {}", std::strerror(errno)));
  return opened;
}

UnixListener::~UnixListener() {
  if (!socket_) return;
  unlink(path_.c_str());
  remove_empty(made_);
}

Actor peer_of(int fd) {
  Actor actor{.kind = ActorKind::kOperator};
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return actor;
  actor.uid = peer.uid;
  actor.pid = peer.pid;
  // Who logged in, whatever he has become by sudo since (proc(5)).
  constexpr uid_t kNobodyLoggedIn = std::numeric_limits<uid_t>::max();
  uid_t login = kNobodyLoggedIn;
  std::ifstream("/proc/" + std::to_string(peer.pid) + "/loginuid") >> login;
  if (login != kNobodyLoggedIn) actor.login_uid = login;
  return actor;
}

bool peer_is_allowed(int fd, std::optional<uid_t> gateway) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  if (peer.uid == 0 || peer.uid == geteuid() || peer.uid == gateway) return true;
  const auto group = api_group();
  return group && is_member(peer.uid, peer.gid, *group);
}

}  // namespace vedette
