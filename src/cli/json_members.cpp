#include "cli/json_members.h"

#include <algorithm>
#include <charconv>

namespace vedette {

namespace {

// Length of the string literal that `json` begins with, quotes included.
std::size_t string_length(std::string_view json) {
  std::size_t at = 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return at + 1;
}

// Length of the value that `json` begins with.
std::size_t value_length(std::string_view json) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < json.size();) {
    const char letter = json[at];
    if (letter == '"') {
      at += string_length(json.substr(at));
      if (depth == 0) return at;
      continue;
    }
    const bool closes = letter == '}' || letter == ']';
    if (depth == 0 && (closes || letter == ',')) return at;
    if (letter == '{' || letter == '[') depth++;
    at++;
    if (closes && --depth == 0) return at;
  }
  return json.size();
}

// Our writer escapes quotes, backslashes and, as \u00XX, control characters; where `exact` isn't asked for
// those become spaces.
std::string unescaped(std::string_view text, bool exact) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); at++) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      plain += text[at];
    } else if (text[++at] == 'u') {
      int control = ' ';
      if (exact)
        std::from_chars(text.data() + at + 1, text.data() + std::min(at + 5, text.size()), control, 16);
      plain += static_cast<char>(control);
      at += 4;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

std::string value_text(std::string_view value) {
  if (value.empty()) return {};
  if (value.front() == '"') return unescaped(value.substr(1, value.size() - 2), false);
  if (value.front() != '[') return std::string(value);
  std::string joined;
  for (value = value.substr(1); !value.empty() && value.front() != ']';) {
    const std::size_t length = value_length(value);
    if (!joined.empty()) joined += ' ';
    joined += value_text(value.substr(0, length));
    value.remove_prefix(length);
    if (!value.empty() && value.front() == ',') value.remove_prefix(1);
  }
  return joined;
}

}  // namespace

std::string_view json_member(std::string_view object, std::string_view name) {
  const std::size_t dot = name.find('.');
  const std::string_view first = name.substr(0, dot);
  for (std::size_t at = 1; at < object.size() && object[at] == '"';) {
    const std::size_t key = string_length(object.substr(at));
    const std::string_view found = object.substr(at + 1, key - 2);
    at += key + 1;
    const std::string_view value = object.substr(at, value_length(object.substr(at)));
    if (found == first)
      return dot == std::string_view::npos ? value : json_member(value, name.substr(dot + 1));
    at += value.size() + 1;
  }
  return {};
}

std::string json_member_text(std::string_view object, std::string_view name) {
  return value_text(json_member(object, name));
}

std::string json_member_exact(std::string_view object, std::string_view name) {
  const std::string_view value = json_member(object, name);
  return value.starts_with('"') ? unescaped(value.substr(1, value.size() - 2), true) : std::string();
}

void for_each_element(std::string_view array, const std::function<void(std::string_view)>& take) {
  if (!array.starts_with('[')) return;
  for (std::size_t at = 1; at < array.size() && array[at] != ']';) {
    const std::string_view value = array.substr(at, value_length(array.substr(at)));
    take(value);
    at += value.size();
    if (at < array.size() && array[at] == ',') at++;
  }
}

void for_each_member(std::string_view object,
                     const std::function<void(std::string_view, std::string_view)>& take) {
  for (std::size_t at = 1; at < object.size() && object[at] == '"';) {
    const std::size_t key = string_length(object.substr(at));
    const std::string_view name = object.substr(at + 1, key - 2);
    at += key + 1;
    const std::string_view value = object.substr(at, value_length(object.substr(at)));
    take(name, value);
    at += value.size() + 1;
  }
}

}  // namespace vedette
