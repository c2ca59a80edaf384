// The Unix socket on which the API listens.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "act/audit_trail.h"
#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// Owns the socket, its file and the folders that it had to make for it; all end with it. One thread at a
// time.
class UnixListener {
 public:
  // Listens on `path`, for root, the group "vedette" where there is one, and the gateway's user, who asks for
  // others (serve/gateway_actor.h). The socket of a daemon that died is replaced; failed where a live one
  // answers.
  [[nodiscard]] static Result<UnixListener> open(const std::filesystem::path& path,
                                                 std::optional<uid_t> gateway = std::nullopt);

  // Whether `path` can be a socket's and nothing is in its way; changes nothing.
  [[nodiscard]] static Result<void> examine(const std::filesystem::path& path);

  UnixListener(UnixListener&&) noexcept = default;
  UnixListener& operator=(UnixListener&&) noexcept = delete;
  ~UnixListener();

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] std::optional<uid_t> gateway() const { return gateway_; }

 private:
  UnixListener(FileDescriptor socket, std::filesystem::path path, std::vector<std::filesystem::path> made,
               std::optional<uid_t> gateway)
      : socket_(std::move(socket)), path_(std::move(path)), made_(std::move(made)), gateway_(gateway) {}

  FileDescriptor socket_;
  std::filesystem::path path_;
  std::vector<std::filesystem::path> made_;  // folders, deepest first
  std::optional<uid_t> gateway_;
};

// True where the peer of the connected socket `fd` may use the API: root, our own user, the gateway's, or a
// member of the socket's group.
[[nodiscard]] bool peer_is_allowed(int fd, std::optional<uid_t> gateway = std::nullopt);

// Who is at the other end of the connected socket `fd`, as far as the kernel says.
[[nodiscard]] Actor peer_of(int fd);

}  // namespace vedette
