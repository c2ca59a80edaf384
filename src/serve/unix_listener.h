// The Unix socket on which the API listens.
#pragma once

#include <filesystem>
#include <vector>

#include "act/audit_trail.h"
#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// Owns the socket, its file and the folders that it had to make for it; all end with it. One thread at a
// time.
class UnixListener {
 public:
  // Listens on `path`, for root and the group "vedette" where there is one. The socket of a daemon that died
  // is replaced; failed where a live one answers.
  [[nodiscard]] static Result<UnixListener> open(const std::filesystem::path& path);

  // Whether `path` can be a socket's and nothing is in its way; changes nothing.
  [[nodiscard]] static Result<void> examine(const std::filesystem::path& path);

  UnixListener(UnixListener&&) noexcept = default;
  UnixListener& operator=(UnixListener&&) noexcept = delete;
  ~UnixListener();

  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  UnixListener(FileDescriptor socket, std::filesystem::path path, std::vector<std::filesystem::path> made)
      : socket_(std::move(socket)), path_(std::move(path)), made_(std::move(made)) {}

  FileDescriptor socket_;
  std::filesystem::path path_;
  std::vector<std::filesystem::path> made_;  // folders, deepest first
};

// True where the peer of the connected socket `fd` may use the API: root, our own user, or a member of the
// socket's group.
[[nodiscard]] bool peer_is_allowed(int fd);

// Who is at the other end of the connected socket `fd`, as far as the kernel says.
[[nodiscard]] Actor peer_of(int fd);

}  // namespace vedette
