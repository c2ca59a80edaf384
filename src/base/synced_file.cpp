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

Result<void> write_synced(const std::filesystem::path& file, const std::string& text) {
  const FileDescriptor out(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
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

Result<void> replace_file(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path beside = file.string() + ".new";
  if (auto written = write_synced(beside, text); !written) return written;
  if (rename(beside.c_str(), file.c_str()) != 0)
    return failed(file.string(), fmt::format("can't be replaced: {}", std::strerror(errno)));
  return {};
}

}  // namespace vedette
