#include "base/synced_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file_descriptor.h"

namespace vedette {

namespace {

Result<void> write_synced(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  // What a crash left there may have another mode.
  unlink(file.c_str());
  const FileDescriptor out(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  std::size_t done = 0;
  while (out && done < text.size()) {
    const ssize_t size = write(out.get(), text.data() + done, text.size() - done);
    if (size <= 0) break;
    done += static_cast<std::size_t>(size);
  }
  if (!out || done < text.size() || fsync(out.get()) != 0)
    return failed(file.string(), fmt::format("can't be written: {}", std::strerror(errno)));
  return {};
}

}  // namespace

Result<void> replace_file(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  const std::filesystem::path beside = file.string() + ".new";
  if (auto written = write_synced(beside, text, mode); !written) return written;
  if (rename(beside.c_str(), file.c_str()) != 0)
    return failed(file.string(), fmt::format("can't be replaced: {}", std::strerror(errno)));
  // The new name is in the folder's own bytes.
  const FileDescriptor folder(open(file.parent_path().empty() ? "." : file.parent_path().c_str(),
                                   O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0)
    return failed(file.string(),
                  fmt::format("is written, but may not outlive a crash: {}", std::strerror(errno)));
  return {};
}

}  // namespace vedette
