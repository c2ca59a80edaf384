#include "sensor/evidence_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"

namespace vedette {

namespace {

constexpr std::size_t kMostFiles = 10'000;  // as many findings are kept
constexpr std::string_view kEnding = ".pcapng";

Result<void> write_all(int file, std::span<const std::uint8_t> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(path.string(), fmt::format("can't be written: {}", std::strerror(errno)));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<void> EvidenceStore::open(std::filesystem::path folder, std::uint64_t bytes) {
  std::error_code wrong;
  std::filesystem::create_directories(folder, wrong);
  if (!wrong) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, wrong);
  if (wrong == std::errc::read_only_file_system || wrong == std::errc::no_space_on_device)
    return failed(folder.string(), wrong.message());
  if (wrong) return unusable(folder.string(), "can't be a folder for evidence: " + wrong.message());
  std::vector<std::tuple<std::filesystem::file_time_type, std::string, std::uint64_t>> found;
  for (std::filesystem::directory_iterator file(folder, wrong), end; !wrong && file != end;
       file.increment(wrong)) {
    if (file->path().extension() != kEnding) continue;
    std::error_code gone;
    const auto size = file->file_size(gone);
    const auto time = file->last_write_time(gone);
    if (!gone) found.emplace_back(time, file->path().stem().string(), size);
  }
  if (wrong) return unusable(folder.string(), "can't be a folder for evidence: " + wrong.message());
  std::ranges::sort(found);
  const std::lock_guard lock(mutex_);
  folder_ = std::move(folder);
  most_ = bytes;
  for (const auto& [time, id, size] : found) {
    bytes_ += size;
    files_.emplace(id, size);
    order_.push_back(id);
  }
  make_room(0);
  return {};
}

Result<void> EvidenceStore::begin(const std::string& id, std::span<const std::uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  make_room(bytes.size());
  if (!files_.try_emplace(id).second) return {};
  order_.push_back(id);
  return write(id, bytes);
}

Result<void> EvidenceStore::append(const std::string& id, std::span<const std::uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  make_room(bytes.size());
  return files_.contains(id) ? write(id, bytes) : Result<void>();
}

Result<void> EvidenceStore::write(const std::string& id, std::span<const std::uint8_t> bytes) {
  const auto path = path_of(id);
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file) return failed(path.string(), fmt::format("can't be written: {}", std::strerror(errno)));
  files_[id] += bytes.size();
  bytes_ += bytes.size();
  return write_all(file.get(), bytes, path);
}

bool EvidenceStore::is_open() const {
  const std::lock_guard lock(mutex_);
  return !folder_.empty();
}

bool EvidenceStore::has(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return files_.contains(id);
}

Result<std::string> EvidenceStore::read(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  std::ifstream file(path_of(id), std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) return failed(path_of(id).string(), "can't be read");
  return std::move(text).str();
}

std::uint64_t EvidenceStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t EvidenceStore::files() const {
  const std::lock_guard lock(mutex_);
  return files_.size();
}

std::filesystem::path EvidenceStore::path_of(const std::string& id) const {
  return folder_ / (id + std::string(kEnding));
}

void EvidenceStore::make_room(std::uint64_t bytes) {
  while (!order_.empty() && (bytes_ + bytes > most_ || order_.size() >= kMostFiles)) {
    std::error_code gone;
    std::filesystem::remove(path_of(order_.front()), gone);
    bytes_ -= files_[order_.front()];
    files_.erase(order_.front());
    order_.pop_front();
  }
}

}  // namespace vedette
