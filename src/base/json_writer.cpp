#include "base/json_writer.h"

#include <algorithm>
#include <cmath>

#include "base/utf8.h"

namespace vedette {

namespace {

// Stands for itself in a JSON string.
bool is_plain(char letter) {
  return letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\';
}

void append_escaped(fmt::memory_buffer& out, std::string_view text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const std::size_t length = utf8_length(text);
    if (byte == '"' || byte == '\\') {
      out.push_back('\\');
      out.push_back(text[0]);
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(fmt::appender(out), "\\u{:04x}", byte);
    } else if (length == 0) {
      out.append(kReplacement);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace

void JsonWriter::open(char bracket) {
  separate();
  out_.push_back(bracket);
  first_ = true;
}

void JsonWriter::close(char bracket) {
  out_.push_back(bracket);
  first_ = false;
}

void JsonWriter::value(std::string_view text) {
  separate();
  if (!std::ranges::all_of(text, is_plain)) {
    out_.push_back('"');
    append_escaped(out_, text);
    out_.push_back('"');
    return;
  }
  char* to = extend(text.size() + 2);
  *to++ = '"';
  *std::ranges::copy(text, to).out = '"';
}

void JsonWriter::value(bool truth) {
  raw(truth ? "true" : "false");
}

void JsonWriter::value(double number) {
  separate();
  if (std::isfinite(number))
    fmt::format_to(fmt::appender(out_), "{}", number);
  else
    out_.append(std::string_view("null"));
}

void JsonWriter::raw(std::string_view json) {
  separate();
  out_.append(json);
}

}  // namespace vedette
