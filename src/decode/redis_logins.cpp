#include "decode/redis_logins.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "decode/reading_again.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::size_t kMostArguments = 8;  // HELLO 3 AUTH user password SETNAME name
constexpr std::size_t kLongestArgument = 4096;

struct Command {
  enum class State : std::uint8_t { kMore, kOther, kLogin };
  State state = State::kOther;
  std::size_t size = 0;  // of kLogin
};

// The number of "*3" or "$6".
std::optional<std::size_t> number_behind(std::string_view line, char sign) {
  std::size_t number = 0;
  if (line.size() < 2 || line.front() != sign) return {};
  const char* const end = line.data() + line.size();
  const auto read = std::from_chars(line.data() + 1, end, number);
  return read.ec == std::errc{} && read.ptr == end ? std::optional(number) : std::nullopt;
}

bool logs_in(const std::vector<std::string_view>& words) {
  if (words.empty()) return false;
  if (same_word(words[0], "AUTH")) return words.size() == 2 || words.size() == 3;
  return same_word(words[0], "HELLO") &&
         std::ranges::any_of(words, [](std::string_view word) { return same_word(word, "AUTH"); });
}

// An array of bulk strings.
Command read_array(std::string_view text) {
  const std::size_t all = text.size();
  const auto first = take_line(text);
  if (!first) return {.state = Command::State::kMore};
  const auto count = number_behind(*first, '*');
  if (!count || *count > kMostArguments) return {};
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < *count; i++) {
    const auto line = take_line(text);
    if (!line) return {.state = Command::State::kMore};
    const auto length = number_behind(*line, '$');
    if (!length || *length > kLongestArgument) return {};
    if (text.size() < *length + 2) return {.state = Command::State::kMore};
    words.push_back(text.substr(0, *length));
    text.remove_prefix(*length + 2);
  }
  if (!logs_in(words)) return {};
  return {.state = Command::State::kLogin, .size = all - text.size()};
}

Command read_inline(std::string_view text) {
  const std::size_t all = text.size();
  const auto line = take_line(text);
  if (!line) return {.state = all > kLongestArgument ? Command::State::kOther : Command::State::kMore};
  std::vector<std::string_view> words;
  std::string_view rest = trimmed(*line);
  while (!rest.empty() && words.size() <= kMostArguments) {
    words.push_back(take_until(rest, ' '));
    rest = trimmed(rest);
  }
  if (!logs_in(words)) return {};
  return {.state = Command::State::kLogin, .size = all - text.size()};
}

// Redis before 6 says "-ERR invalid password", later ones "-WRONGPASS", some "-NOAUTH". Other errors ("called
// without any password configured") refuse no password.
bool is_refusal(std::string_view line) {
  constexpr std::string_view kRefusals[] = {"-WRONGPASS", "-NOAUTH", "-ERR invalid password"};
  return std::ranges::any_of(kRefusals, [&](std::string_view said) { return line.starts_with(said); });
}

// AUTH's answer, or the map or array of HELLO's.
bool is_acceptance(std::string_view line) {
  return line == "+OK" || line.starts_with('%') || line.starts_with('*');
}

}  // namespace

RedisLogins read_redis_logins(std::string_view commands, std::string_view replies) {
  const std::size_t said = commands.size(), answered = replies.size();
  RedisLogins all;
  while (!all.logins.accepted) {
    const auto seen = static_cast<std::size_t>(all.logins.failures);
    if (commands.empty()) {
      all.need[0] = read_again_at(said + 1, said, seen);
      return all;
    }
    const Command command = commands.front() == '*' ? read_array(commands) : read_inline(commands);
    if (command.state == Command::State::kOther) return all;
    if (command.state == Command::State::kMore) {
      all.need[0] = read_again_at(said + 1, said, seen);
      return all;
    }
    const auto line = take_line(replies);
    if (!line) {
      all.need[1] = replies.size() > kLongestArgument ? 0 : read_again_at(answered + 1, answered, seen);
      return all;
    }
    if (!is_refusal(*line) && !is_acceptance(*line)) return all;
    all.logins.take(!is_refusal(*line));
    commands.remove_prefix(command.size);
  }
  return all;
}

}  // namespace vedette
