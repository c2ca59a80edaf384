#include "gateway/audit_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

namespace vedette {

namespace {

// 0 where the line isn't one of ours.
std::uint64_t number_of(std::string_view line) {
  constexpr std::string_view kNumber = "{\"seq\":";
  std::uint64_t number = 0;
  if (!line.starts_with(kNumber)) return 0;
  line.remove_prefix(kNumber.size());
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

}  // namespace

AuditLog::AuditLog(const StateFolder& folder, Options options)
    : file_path_(folder.file(kFile)), options_(std::move(options)) {
  take_over(aside(1));
  take_over(file_path_);
  open_file();
}

std::filesystem::path AuditLog::aside(unsigned number) const {
  return file_path_.string() + "." + std::to_string(number);
}

void AuditLog::take_over(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  if (in) bytes << in.rdbuf();
  std::string_view rest = bytes.view();
  size_ = 0;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    size_ += end + 1;
    const std::uint64_t number = number_of(line);
    if (number <= number_) continue;
    number_ = number;
    kept_.push_back({number, std::string(line)});
    if (kept_.size() > options_.kept) kept_.pop_front();
  }
}

void AuditLog::open_file() {
  file_ =
      FileDescriptor(open(file_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  // What stands behind the last whole line is what a crash left of one.
  if (file_ && ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) file_.reset();
}

void AuditLog::put_aside() {
  std::error_code ignored;
  for (unsigned number = options_.files - 1; number > 1; number--)
    std::filesystem::rename(aside(number - 1), aside(number), ignored);
  std::filesystem::rename(file_path_, aside(1), ignored);
  size_ = 0;
  open_file();
}

void AuditLog::begin(JsonWriter& json, std::string_view what, const Asked& by) {
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  json.begin_object();
  json.field("seq", ++number_);
  json.field("time_ns", now.count());
  json.field("what", what);
  if (by.caller) json.field(caller_kind_name(by.caller->kind), std::string_view(by.caller->id));
  if (!by.client.empty()) json.field("client_ip", std::string_view(by.client));
}

void AuditLog::append(std::string line) {
  if (write(line + "\n")) {
    failing_ = false;
  } else {
    unwritten_++;
    if (!std::exchange(failing_, true))
      options_.note(
          fmt::format("{}: can't be written: {}: who asks is told by /auth/audit alone, and counted",
                      file_path_.string(), std::strerror(errno)));
  }
  kept_.push_back({number_, std::move(line)});
  if (kept_.size() > options_.kept) kept_.pop_front();
}

bool AuditLog::write(const std::string& line) {
  if (size_ != 0 && size_ + line.size() > options_.file_bytes) put_aside();
  if (!file_) open_file();
  if (!file_) return false;
  errno = ENOSPC;  // where a piece alone is written
  if (::write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      fdatasync(file_.get()) == 0) {
    size_ += line.size();
    return true;
  }
  const int error = errno;
  if (ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) file_.reset();
  errno = error;
  return false;
}

AuditLogPage AuditLog::page(std::size_t limit, std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  AuditLogPage page;
  page.last = after;
  page.unwritten = unwritten_;
  const auto first = std::ranges::upper_bound(kept_, after, {}, &Kept::number);
  for (auto one = first; one != kept_.end() && page.events.size() < limit; ++one) {
    page.events.push_back(one->line);
    page.last = one->number;
  }
  page.more = !kept_.empty() && page.last < kept_.back().number;
  return page;
}

}  // namespace vedette
