#include "cli/event_stream.h"

namespace vedette {

bool EventStream::feed(std::string_view bytes, const Take& take) {
  for (const char byte : bytes) {
    const bool second_half = after_return_ && byte == '\n';
    after_return_ = byte == '\r';
    if (second_half) continue;
    if (byte != '\n' && byte != '\r') {
      line_.push_back(byte);
    } else if (!end_line(take)) {
      return false;
    }
  }
  return true;
}

bool EventStream::end_line(const Take& take) {
  if (!line_.empty()) {
    read_field();
    line_.clear();
    return true;
  }
  bool wanted = true;
  if (has_data_) {
    if (event_.name.empty()) event_.name = "message";
    wanted = take(event_);
  }
  event_.name.clear();
  event_.data.clear();
  has_data_ = false;
  return wanted;
}

void EventStream::read_field() {
  const std::string_view line = line_;
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "event") {
    event_.name = value;
  } else if (name == "id") {
    event_.id = value;
  } else if (name == "data") {
    if (has_data_) event_.data.push_back('\n');
    event_.data += value;
    has_data_ = true;
  }
}

}  // namespace vedette
