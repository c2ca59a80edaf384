#include "source/capture_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vedette {

namespace {

constexpr std::size_t kBufferBytes = 262'144;

}  // namespace

Result<CaptureWriter> CaptureWriter::create(const std::string& path, const CaptureOrigin& origin) {
  const bool standard = path == "-";
  FileDescriptor file(standard ? dup(STDOUT_FILENO)
                               : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!file) return unusable(path, fmt::format("can't be written: {}", std::strerror(errno)));
  CaptureWriter writer(std::move(file), standard ? "standard output" : path);
  append_section(writer.buffer_, origin);
  return writer;
}

CaptureWriter::~CaptureWriter() {
  if (file_) (void)flush();
}

std::uint32_t CaptureWriter::add_interface(const WrittenInterface& interface) {
  append_interface(buffer_, interface);
  return interfaces_++;
}

Result<void> CaptureWriter::write(const WrittenPacket& packet) {
  append_packet(buffer_, packet);
  packets_++;
  return buffer_.size() >= kBufferBytes ? flush() : Result<void>();
}

Result<void> CaptureWriter::flush() {
  std::span<const std::uint8_t> rest(buffer_);
  while (!rest.empty()) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const std::string why = std::strerror(errno);
      buffer_.clear();
      return failed(name_, fmt::format("can't be written: {}", why));
    }
    rest = rest.subspan(static_cast<std::size_t>(written));
  }
  buffer_.clear();
  return {};
}

}  // namespace vedette
