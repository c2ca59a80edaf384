#include "source/capture_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "source/pcap_format.h"
#include "source/pcapng_format.h"

namespace vedette {

namespace {

constexpr std::string_view kFormats = "a pcap or pcapng file, plain, .gz or .zst";

struct Opened {
  FileDescriptor file;
  std::string name;
};

Result<Opened> open_input(const std::string& path) {
  if (path == "-") return Opened{FileDescriptor(dup(STDIN_FILENO)), "standard input"};
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return unusable(path, fmt::format("can't be opened: {}", std::strerror(errno)));
  struct stat status {};
  if (fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode))
    return unusable(path, fmt::format("expected {}, found a folder", kFormats));
  return Opened{std::move(file), path};
}

// In bytes; 0 where that isn't known: a pipe.
std::uint64_t size_of(const FileDescriptor& file) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

// The first bytes of a file from which they can be read only once.
Result<std::vector<std::uint8_t>> first_bytes(const Opened& input) {
  std::vector<std::uint8_t> first(kPackingMagic);
  std::size_t size = 0;
  while (size < first.size()) {
    const ssize_t got = read(input.file.get(), first.data() + size, first.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unusable(input.name, fmt::format("can't be read: {}", std::strerror(errno)));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  first.resize(size);
  return first;
}

}  // namespace

Result<CaptureFile> CaptureFile::open(const std::string& path) {
  auto input = open_input(path);
  if (!input) return std::unexpected(input.error());
  auto first = first_bytes(*input);
  if (!first) return std::unexpected(first.error());
  const Packing packing = tell_packing(*first);
  const std::uint64_t size = packing == Packing::kNone ? size_of(input->file) : 0;
  auto stream = make_stream(std::move(input->file), std::move(*first), input->name);
  return over_window(ByteWindow(unpacked(packing, std::move(stream), input->name)), size, input->name);
}

Result<CaptureFile> CaptureFile::over(std::span<const std::uint8_t> bytes, std::string name) {
  return over_window(ByteWindow(bytes), bytes.size(), std::move(name));
}

Result<CaptureFile> CaptureFile::over_window(ByteWindow window, std::uint64_t size, std::string name) {
  const std::uint8_t* magic = window.peek(4);
  if (!magic && window.failure()) return std::unexpected(*window.failure());
  if (!magic)
    return unusable(std::move(name), fmt::format("expected {}, found {} bytes", kFormats, window.left()));
  const std::span<const std::uint8_t, 4> first(magic, 4);
  if (is_pcapng(first)) {
    auto format = open_pcapng(std::move(name));
    return CaptureFile(std::move(window), std::move(format), size);
  }
  if (!is_pcap(first))
    return unusable(std::move(name),
                    fmt::format("expected {}, found a file that begins with {:02x} {:02x} {:02x} {:02x}",
                                kFormats, magic[0], magic[1], magic[2], magic[3]));
  auto format = open_pcap(window, std::move(name));
  if (!format) return std::unexpected(format.error());
  return CaptureFile(std::move(window), std::move(*format), size);
}

Result<std::size_t> CaptureFile::next(std::span<RawPacket> packets) {
  if (damage_) return std::unexpected(*damage_);
  window_.release();
  std::size_t count = 0;
  while (count < packets.size() && !ended_) {
    const auto found = format_->next(window_, packets[count]);
    ended_ = !found || !*found;
    if (!ended_) count++;
    if (found) continue;
    damage_ = found.error();
    const std::uint64_t last = given_ + count;
    damage_->where += last == 0 ? ", before the first packet" : fmt::format(", behind packet {}", last);
    if (count == 0) return std::unexpected(*damage_);
  }
  given_ += count;
  return count;
}

}  // namespace vedette
