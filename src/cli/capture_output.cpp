#include "cli/capture_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vedette {

namespace {

constexpr int kFileMode = 0600;  // packets are nobody else's business

}  // namespace

Result<CaptureOutput> CaptureOutput::open(const std::string& file) {
  if (file == "-") {
    if (isatty(STDOUT_FILENO) == 1)
      return unusable("standard output", "a file or a pipe expected, a terminal found", "-w FILE");
    return CaptureOutput(FileDescriptor(dup(STDOUT_FILENO)), "standard output");
  }
  FileDescriptor made(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
  const bool is_new = static_cast<bool>(made);
  if (!is_new) made = FileDescriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kFileMode));
  if (!made) return unusable(file, std::string("can't be written: ") + std::strerror(errno));
  CaptureOutput output(std::move(made), file);
  output.is_new_ = is_new;
  return output;
}

Result<void> CaptureOutput::write(std::string_view bytes) {
  if (!begun_ && !bytes.empty() && ftruncate(descriptor_.get(), 0) != 0 &&
      errno != EINVAL)  // a pipe, a device
    return failed(name_, std::string("can't be emptied: ") + std::strerror(errno));
  begun_ = begun_ || !bytes.empty();
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(name_, std::string("can't be written: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void CaptureOutput::give_up() const {
  if (is_new_ && !begun_) unlink(name_.c_str());
}

}  // namespace vedette
