#include "base/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/units.h"

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

std::string event_page_json(const EventPage& page) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("events");
  json.begin_array();
  for (const std::string& event : page.events) json.raw(event);
  json.end_array();
  json.field("last", page.last);
  json.field("unwritten", page.unwritten);
  if (page.more) json.field("next_cursor", std::string_view(std::to_string(page.last)));
  json.end_object();
  return fmt::to_string(out);
}

EventLog::EventLog(EventLogOptions options) : options_(std::move(options)) {
  if (options_.file.empty()) return;
  take_over(aside(1));
  take_over(options_.file);
  open_file();
}

std::filesystem::path EventLog::aside(unsigned number) const {
  return options_.file.string() + "." + std::to_string(number);
}

void EventLog::take_over(const std::filesystem::path& file) {
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

void EventLog::open_file() {
  file_ = FileDescriptor(
      open(options_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | options_.flags, options_.mode));
  // What stands behind the last whole line is what a crash left of one.
  if (file_ && ftruncate(file_.get(), static_cast<off_t>(size_)) == 0) return;
  const int error = errno;
  file_.reset();
  fail(error);
}

void EventLog::put_aside() {
  std::error_code ignored;
  for (unsigned number = options_.files - 1; number > 1; number--)
    std::filesystem::rename(aside(number - 1), aside(number), ignored);
  std::filesystem::rename(options_.file, aside(1), ignored);
  size_ = 0;
  open_file();
}

void EventLog::fail(int error) {
  if (!std::exchange(failing_, true))
    options_.note(fmt::format("{}: can't be written: {}: {}", options_.file.string(), std::strerror(error),
                              options_.unwritten_means));
}

void EventLog::begin(JsonWriter& json, std::string_view what) {
  const Nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  json.begin_object();
  json.field("seq", ++number_);
  json.field("time_ns", now.count());
  json.field("what", what);
}

void EventLog::append(std::string line) {
  if (!options_.file.empty()) write(line + "\n");
  kept_.push_back({number_, std::move(line)});
  if (kept_.size() > options_.kept) kept_.pop_front();
}

void EventLog::write(const std::string& line) {
  if (size_ != 0 && size_ + line.size() > options_.file_bytes) put_aside();
  if (!file_) open_file();
  errno = ENOSPC;  // where a piece alone is written
  if (file_ && ::write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      (!options_.synced || fdatasync(file_.get()) == 0)) {
    size_ += line.size();
    failing_ = false;
    return;
  }
  const int error = errno;
  if (file_ && ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) file_.reset();
  unwritten_++;
  fail(error);
}

EventPage EventLog::page(std::size_t limit, std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  EventPage page;
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

std::uint64_t EventLog::unwritten() const {
  const std::lock_guard lock(mutex_);
  return unwritten_;
}

}  // namespace vedette
