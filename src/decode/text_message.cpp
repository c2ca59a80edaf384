#include "decode/text_message.h"

#include <algorithm>
#include <optional>

#include "decode/text.h"

namespace vedette {

namespace {

// The longest registered method has 17 letters (UPDATEREDIRECTREF); SSTP_DUPLEX_POST is not registered.
constexpr std::size_t kLongestMethod = 32;
constexpr std::size_t kMostFields = 256;
constexpr std::string_view kBlanks = " \t";

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

// RFC 9110 §5.6.2.
bool is_token(char letter) {
  return is_digit(letter) || (upper_case(letter) >= 'A' && upper_case(letter) <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(letter) != std::string_view::npos;
}

bool is_control(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return (byte < 0x20 && letter != '\t') || byte == 0x7f;
}

// "HTTP/1.1" gives "1.1"; nothing where it is no version of the protocol.
std::string_view version_of(std::string_view text, std::string_view protocol) {
  if (!begins_with_in_any_case(text, protocol) || text.size() <= protocol.size() ||
      text[protocol.size()] != '/')
    return {};
  const std::string_view version = text.substr(protocol.size() + 1);
  const std::size_t dot = version.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == version.size()) return {};
  const bool numbers = std::ranges::all_of(version, [](char c) { return is_digit(c) || c == '.'; });
  return numbers && version.size() <= 5 ? version : std::string_view{};
}

void read_status_line(std::string_view line, std::string_view protocol, TextMessage& message) {
  message.kind = TextMessage::Kind::kForeign;
  const std::size_t blank = line.find_first_of(kBlanks);
  message.version = version_of(line.substr(0, blank), protocol);
  if (message.version.empty() || blank == std::string_view::npos) return;
  const std::string_view rest = trimmed(line.substr(blank));
  const std::string_view code = rest.substr(0, rest.find_first_of(kBlanks));
  if (code.size() != 3 || code[0] == '0' || !std::ranges::all_of(code, is_digit)) return;
  message.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  message.kind = TextMessage::Kind::kResponse;
}

// The target may hold blanks: clients send them, and servers take what stands before the version.
void read_request_line(std::string_view line, std::string_view protocol, TextMessage& message) {
  message.kind = TextMessage::Kind::kForeign;
  const std::size_t blank = line.find_first_of(kBlanks);
  if (blank == std::string_view::npos) return;
  message.method = line.substr(0, blank);
  message.target = trimmed(line.substr(blank));
  if (message.target.empty()) return;
  message.kind = TextMessage::Kind::kVersionless;
  const std::size_t last = message.target.find_last_of(kBlanks);
  if (last == std::string_view::npos) return;
  message.version = version_of(message.target.substr(last + 1), protocol);
  if (message.version.empty()) return;
  message.target = trimmed(message.target.substr(0, last));
  message.kind = TextMessage::Kind::kRequest;
}

bool may_be_status(std::string_view line, std::string_view protocol) {
  const std::size_t known = std::min(line.size(), protocol.size());
  if (!same_word(line.substr(0, known), protocol.substr(0, known))) return false;
  return line.size() <= protocol.size() || line[protocol.size()] == '/';
}

bool may_be_request(std::string_view line) {
  const std::size_t word = static_cast<std::size_t>(std::ranges::find_if_not(line, is_token) - line.begin());
  if (word == line.size()) return word <= kLongestMethod;
  return word > 0 && word <= kLongestMethod && kBlanks.find(line[word]) != std::string_view::npos &&
         std::ranges::none_of(line, is_control);
}

// Behind the empty line that ends the head; nothing where there is none.
std::optional<std::size_t> head_end(std::string_view text) {
  for (std::size_t line = 0; line < text.size();) {
    const std::string_view rest = text.substr(line);
    if (rest.starts_with('\n')) return line + 1;
    if (rest.starts_with("\r\n")) return line + 2;
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    line += end + 1;
  }
  return {};
}

// Of lines without a colon nothing is kept.
void read_fields(std::string_view text, TextMessage& message) {
  while (const auto line = take_line(text)) {
    if (line->empty()) return;
    if (kBlanks.find(line->front()) != std::string_view::npos) {  // folded (RFC 9112 §5.2)
      if (!message.fields.empty()) message.fields.back().value.append(" ").append(trimmed(*line));
      continue;
    }
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos || message.fields.size() == kMostFields) continue;
    message.fields.push_back(
        {trimmed(line->substr(0, colon)), std::string(trimmed(line->substr(colon + 1)))});
  }
}

}  // namespace

bool begins_with_in_any_case(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && same_word(text.substr(0, word.size()), word);
}

const std::string* TextMessage::field(std::string_view name) const {
  const auto found =
      std::ranges::find_if(fields, [&](const Field& one) { return same_word(one.name, name); });
  return found == fields.end() ? nullptr : &found->value;
}

TextMessage parse_text_message(std::span<const std::uint8_t> bytes, std::string_view protocol, bool ended) {
  TextMessage message;
  std::string_view text = text_of(bytes.first(std::min(bytes.size(), kMostTextHead)));
  message.begin = std::min(text.find_first_not_of("\r\n"), text.size());
  text.remove_prefix(message.begin);
  if (text.empty()) return message;
  std::string_view rest = text;
  const auto line = take_line(rest);
  std::string_view known = line.value_or(text);
  if (!line && known.ends_with('\r')) known.remove_suffix(1);
  const bool status = may_be_status(known, protocol);
  if (!status && !may_be_request(known)) {
    message.kind = TextMessage::Kind::kForeign;
    return message;
  }
  if (!line) return message;
  if (status)
    read_status_line(*line, protocol, message);
  else
    read_request_line(*line, protocol, message);
  if (message.kind == TextMessage::Kind::kForeign) return message;
  const auto end = head_end(rest);
  message.whole = end.has_value();
  if (end) message.size = message.begin + (text.size() - rest.size()) + *end;
  if (end || ended || text.size() + message.begin == kMostTextHead) read_fields(rest, message);
  return message;
}

}  // namespace vedette
