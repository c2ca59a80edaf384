// The folder in which the gateway keeps what outlives it: password, keys, certificate, audit log. For its
// user alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// Any thread, a file by one at a time.
class StateFolder {
 public:
  // Makes it where it isn't there. Failed where another user owns it, others may look into it, or another
  // gateway works in it.
  [[nodiscard]] static Result<StateFolder> open(const std::filesystem::path& path);

  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return path_ / name; }

  // A file's text; nothing where it isn't there.
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& name) const;
  // Whole or not at all, on the disk when this returns; for the user alone.
  [[nodiscard]] Result<void> write(const std::string& name, const std::string& text) const;
  [[nodiscard]] Result<void> remove(const std::string& name) const;

 private:
  StateFolder(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  FileDescriptor lock_;
};

}  // namespace vedette
