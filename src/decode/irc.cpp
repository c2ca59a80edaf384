#include "decode/irc.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "decode/dialogue.h"

namespace vedette {

namespace {

constexpr int kMostLines = 60;  // of each side
constexpr std::size_t kMostChannels = 20;

constexpr std::string_view kCommands[] = {"NICK",    "USER",   "CAP",  "PASS",        "STARTTLS",
                                          "PING",    "PONG",   "JOIN", "MODE",        "QUIT",
                                          "PRIVMSG", "NOTICE", "WHO",  "AUTHENTICATE"};
// A server's messages without its name before them.
constexpr std::string_view kBare[] = {"NOTICE", "PING", "ERROR"};

template <typename Words>
bool begins_with_any(std::string_view line, const Words& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return begins_with_word(line, word); });
}

// Of ":server 001 nick :Welcome" what stands behind the name.
std::string_view without_prefix(std::string_view line) {
  return line.starts_with(':') ? argument_of(line) : line;
}

bool is_numeric(std::string_view message) {
  return message.size() > 4 && message[3] == ' ' &&
         std::ranges::all_of(message.substr(0, 3), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_server_line(std::string_view line) {
  const std::string_view message = without_prefix(line);
  return (line.starts_with(':') && (is_numeric(message) || begins_with_any(message, kCommands))) ||
         begins_with_any(line, kBare);
}

struct Session {
  std::string nick, user, real_name, server_name, server_software;
  std::vector<std::string> channels;
  std::string_view starttls;
  bool wants_tls = false;
};

void read_user(std::string_view arguments, Session& session) {
  const std::size_t colon = arguments.find(':');
  if (colon != std::string_view::npos) session.real_name = arguments.substr(colon + 1);
  session.user = take_until(arguments, ' ');
}

// The client's lines up to its first JOIN or STARTTLS; false where more may come.
bool read_commands(Dialogue& dialogue, Session& session) {
  for (int i = 0; i < kMostLines; i++) {
    const auto line = dialogue.commands.next();
    if (!line) return dialogue.commands_end();
    std::string_view arguments = argument_of(*line);
    if (begins_with_word(*line, "NICK"))
      session.nick = arguments.starts_with(':') ? arguments.substr(1) : arguments;
    if (begins_with_word(*line, "USER")) read_user(arguments, session);
    if (begins_with_word(*line, "STARTTLS")) {
      session.wants_tls = true;
      return true;
    }
    if (!begins_with_word(*line, "JOIN")) continue;
    std::string_view names = take_until(arguments, ' ');
    while (!names.empty() && session.channels.size() < kMostChannels)
      session.channels.emplace_back(take_until(names, ','));
    return true;
  }
  return true;
}

// The server's lines up to its name and version (004), to a refusal, or to the answer to STARTTLS (670, 691).
bool read_replies(Dialogue& dialogue, Session& session) {
  for (int i = 0; i < kMostLines; i++) {
    const auto line = dialogue.replies.next();
    if (!line) return dialogue.replies_end();
    const std::string_view message = without_prefix(*line);
    if (session.wants_tls && (message.starts_with("670 ") || message.starts_with("691 "))) {
      session.starttls = message.starts_with("670 ") ? "accepted" : "refused";
      return true;
    }
    if (message.starts_with("004 ")) {
      std::string_view fields = argument_of(argument_of(message));
      if (fields.starts_with(':')) return true;  // an error's words
      session.server_name = take_until(fields, ' ');
      session.server_software = take_until(fields, ' ');
      return true;
    }
    if (begins_with_word(message, "ERROR")) return true;
  }
  return true;
}

Handshake told(const Session& session) {
  Handshake handshake;
  handshake.app = "irc";
  handshake.add_known("nick", session.nick);
  handshake.add_known("user", session.user);
  handshake.add_known("real_name", session.real_name);
  handshake.add_known("channels", session.channels);
  handshake.add_known("server_name", session.server_name);
  handshake.add_known("server_software", session.server_software);
  handshake.add_known("starttls", session.starttls);
  return handshake;
}

enum class Kind : std::uint8_t { kUndecided, kIrc, kOther };

// By the first line of both; of one alone where it is sure.
Kind kind_of(Dialogue dialogue, const Session& session) {
  const auto command = dialogue.commands.next();
  const auto reply = dialogue.replies.next();
  if ((command && !begins_with_any(*command, kCommands)) || (reply && !is_server_line(*reply)))
    return Kind::kOther;
  if (command && reply) return Kind::kIrc;
  if ((!command && !dialogue.commands_end()) || (!reply && !dialogue.replies_end())) return Kind::kUndecided;
  if (command) return !session.nick.empty() && !session.user.empty() ? Kind::kIrc : Kind::kOther;
  return reply && reply->starts_with(':') && is_numeric(without_prefix(*reply)) ? Kind::kIrc : Kind::kOther;
}

}  // namespace

Answer decode_irc(const Heads& heads, Handshakes& handshakes) {
  // NOTICE and PING are both sides' words: who begins with a name, or else with a greeting, is the server.
  const auto says = [&](std::size_t i, bool server) {
    const std::string_view text = text_of(heads.bytes[i]);
    if (text.empty()) return true;
    return server ? text.starts_with(':') || may_begin_with(text, kBare) : may_begin_with(text, kCommands);
  };
  const bool first = says(0, false) && says(1, true), second = says(1, false) && says(0, true);
  if (!first && !second) return {.verdict = Verdict::kNotMine};
  Dialogue dialogue(heads, first ? 0 : 1);
  Dialogue begin = dialogue;
  Session session;
  const bool commanded = read_commands(dialogue, session);
  const bool replied = read_replies(dialogue, session);
  const Kind kind = kind_of(begin, session);
  if (kind == Kind::kOther) return {.verdict = Verdict::kNotMine};
  if (kind == Kind::kUndecided || !commanded || !replied)
    return dialogue.wait(kind == Kind::kIrc ? Verdict::kMine : Verdict::kUndecided, !commanded, !replied);
  handshakes.push_back(told(session));
  return session.starttls == "accepted" ? dialogue.hand_on() : Answer{.verdict = Verdict::kDone};
}

}  // namespace vedette
