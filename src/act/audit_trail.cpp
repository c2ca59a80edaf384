#include "act/audit_trail.h"

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

constexpr std::string_view kNumber = "{\"seq\":";

// 0 where the line isn't one of ours.
std::uint64_t number_of(std::string_view line) {
  std::uint64_t number = 0;
  if (!line.starts_with(kNumber)) return 0;
  line.remove_prefix(kNumber.size());
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

}  // namespace

std::string_view actor_kind_name(ActorKind kind) {
  constexpr std::string_view kNames[] = {"sensor", "operator", "signal", "finding",
                                         "policy", "feed",     "time",   "gateway"};
  return kNames[static_cast<std::size_t>(kind)];
}

AuditTrail::AuditTrail(AuditOptions options) : options_(std::move(options)) {
  if (options_.file.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(options_.file.parent_path(), ignored);
  take_over(aside(1));
  take_over(options_.file);
  open_file();
}

std::filesystem::path AuditTrail::aside(unsigned number) const {
  return options_.file.string() + "." + std::to_string(number);
}

void AuditTrail::take_over(const std::filesystem::path& file) {
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

void AuditTrail::open_file() {
  file_ = FileDescriptor(open(options_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  // What stands behind the last whole line is what a crash left of one.
  if (!file_ || ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) fail(std::strerror(errno));
}

void AuditTrail::put_aside() {
  std::error_code ignored;
  for (unsigned number = options_.files - 1; number > 1; number--)
    std::filesystem::rename(aside(number - 1), aside(number), ignored);
  std::filesystem::rename(options_.file, aside(1), ignored);
  size_ = 0;
  open_file();
}

void AuditTrail::fail(const std::string& why) {
  if (!std::exchange(failing_, true))
    options_.note(fmt::format("{}: can't be written: {}: what changes is told by the API alone, and counted",
                              options_.file.string(), why));
}

void AuditTrail::begin(JsonWriter& json, std::string_view what, const Actor& by) {
  const Nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  json.begin_object();
  json.field("seq", ++number_);
  json.field("time_ns", now.count());
  json.field("what", what);
  json.field("by", actor_kind_name(by.kind));
  if (by.uid) json.field("uid", *by.uid);
  if (by.login_uid) json.field("login_uid", *by.login_uid);
  if (by.pid) json.field("pid", *by.pid);
  if (!by.finding.empty()) json.field("finding", std::string_view(by.finding));
  if (!by.session.empty()) json.field("session", std::string_view(by.session));
  if (!by.key.empty()) json.field("key", std::string_view(by.key));
  if (by.client) json.field("client_ip", std::string_view(prefix_text(*by.client)));
}

void AuditTrail::append(std::string line) {
  if (!options_.file.empty()) write(line + "\n");
  kept_.push_back({number_, std::move(line)});
  if (kept_.size() > options_.kept) kept_.pop_front();
}

void AuditTrail::write(const std::string& line) {
  if (size_ != 0 && size_ + line.size() > options_.file_bytes) put_aside();
  if (!file_) open_file();
  errno = 0;
  if (file_ && ::write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) {
    size_ += line.size();
    failing_ = false;
    return;
  }
  const int error = errno != 0 ? errno : ENOSPC;  // a piece was written: there was no room for the rest
  if (file_ && ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) file_.reset();
  unwritten_++;
  fail(std::strerror(error));
}

AuditPage AuditTrail::page(const AuditQuery& query) const {
  const std::lock_guard lock(mutex_);
  AuditPage page;
  page.last = query.after;
  page.unwritten = unwritten_;
  const auto first = std::ranges::upper_bound(kept_, query.after, {}, &Kept::number);
  for (auto one = first; one != kept_.end() && page.events.size() < query.limit; ++one) {
    page.events.push_back(one->line);
    page.last = one->number;
  }
  page.more = !kept_.empty() && page.last < kept_.back().number;
  return page;
}

std::uint64_t AuditTrail::unwritten() const {
  const std::lock_guard lock(mutex_);
  return unwritten_;
}

}  // namespace vedette
