#include "decode/telnet_logins.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "decode/reading_again.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::size_t kMostBefore = 2000;     // bytes of text before a server asks for a password
constexpr std::size_t kLongestRefusal = 100;  // bytes of a line
constexpr std::size_t kLongestSuboption = 512;

// In small letters.
constexpr std::string_view kRefusals[] = {"incorrect", "invalid", "failure",
                                          "failed",    "denied",  "bad password"};
constexpr std::string_view kWelcomes[] = {"last login", "last successful login", "last failed login",
                                          "unsuccessful login attempt"};
constexpr std::string_view kNamePrompts[] = {"username:", "user name:", "user:"};  // that a line begins with

bool mentions_one(std::string_view line, const auto& words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return line.find(word) != std::string_view::npos; });
}

bool asks_for_password(std::string_view line) {
  const std::size_t word = line.find("password");
  return word != std::string_view::npos && line.find(':', word) != std::string_view::npos;
}

// "box login:" has the host's name before it.
bool asks_for_name(std::string_view line) {
  return line.find("login:") != std::string_view::npos ||
         std::ranges::any_of(kNamePrompts, [&](std::string_view word) { return line.starts_with(word); });
}

// Bytes of the command that begins `text` (RFC 854, 855); all of it where its end isn't there.
std::size_t command_size(std::string_view text) {
  constexpr auto kSb = static_cast<char>(250), kWill = static_cast<char>(251), kDont = static_cast<char>(254);
  if (text.size() < 2) return text.size();
  if (text[1] == kSb) {
    const std::size_t end = text.substr(0, kLongestSuboption).find("\xff\xf0");
    return end == std::string_view::npos ? std::min(text.size(), kLongestSuboption) : end + 2;
  }
  return std::min<std::size_t>(text.size(), text[1] >= kWill && text[1] <= kDont ? 3 : 2);
}

// What a user reads, in small letters: without commands and NUL, lines ended by '\n' alone.
std::string words_of(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    const char letter = text.front();
    const std::size_t size = letter == '\xff' ? command_size(text) : 1;
    if (letter == '\r')
      words += '\n';
    else if (letter != '\xff' && letter != '\0')
      words += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    text.remove_prefix(size);
  }
  return words;
}

// A session, line by line.
struct Session {
  Logins logins;
  bool asked = false;    // for a password, which nothing has answered yet
  bool settled = false;  // no log-in will follow
  std::size_t before = 0;

  void take(std::string_view line);
};

void Session::take(std::string_view line) {
  const bool password = asks_for_password(line);
  const bool welcome = mentions_one(line, kWelcomes);
  if (!welcome && (password || asks_for_name(line))) {
    if (asked) logins.take(false);  // it asks again without a word
    asked = password;
    before = 0;
    return;
  }
  before += line.size();
  if (!asked) {
    settled = before > kMostBefore;
    return;
  }
  asked = false;
  const bool refused = !welcome && line.size() <= kLongestRefusal && mentions_one(line, kRefusals);
  if (refused || welcome) logins.take(welcome);
  settled = !refused;
}

}  // namespace

TelnetLogins read_telnet_logins(std::span<const std::uint8_t> server, bool ended) {
  const std::string words = words_of(text_of(server));
  std::string_view rest = words;
  Session session;
  std::size_t lines = 0;
  for (auto line = take_line(rest); line && !session.settled; line = take_line(rest), lines++)
    if (const std::string_view said = trimmed(*line); !said.empty()) session.take(said);
  if (!session.settled && ended && !trimmed(rest).empty()) session.take(trimmed(rest));
  const bool waits = !session.settled && !ended && session.before + rest.size() <= kMostBefore;
  return {.logins = session.logins,
          .need = waits ? read_again_at(server.size() + 1, server.size(), lines) : 0};
}

}  // namespace vedette
