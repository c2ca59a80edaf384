#include "decode/imap.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "decode/dialogue.h"
#include "decode/logins.h"

namespace vedette {

namespace {

constexpr std::uint16_t kPort = 143;
constexpr int kMostCommands = 32;  // before somebody has logged in
constexpr std::size_t kMostLines = 2000;
constexpr std::size_t kLongestTag = 32;

// RFC 9051 §6, RFC 3501 §6.1, RFC 2971, RFC 5161, RFC 2177, RFC 2342.
constexpr std::string_view kCommands[] = {
    "CAPABILITY",  "NOOP",   "LOGOUT",   "STARTTLS",     "AUTHENTICATE", "LOGIN",   "ID",
    "ENABLE",      "SELECT", "EXAMINE",  "CREATE",       "DELETE",       "RENAME",  "SUBSCRIBE",
    "UNSUBSCRIBE", "LIST",   "LSUB",     "NAMESPACE",    "STATUS",       "APPEND",  "IDLE",
    "CHECK",       "CLOSE",  "UNSELECT", "EXPUNGE",      "SEARCH",       "FETCH",   "STORE",
    "COPY",        "MOVE",   "UID",      "GETQUOTAROOT", "XLIST",        "COMPRESS"};

// The word behind the tag, where `line` is a command that is known: "a1 LOGIN x y".
std::optional<std::string_view> command_of(std::string_view line) {
  const std::string_view tag = take_until(line, ' ');
  if (tag.empty() || tag.size() > kLongestTag || tag.find_first_of("*+(){%\\\"") != std::string_view::npos)
    return {};
  if (std::ranges::none_of(kCommands, [&](auto command) { return begins_with_word(line, command); }))
    return {};
  return line;
}

// Whether `text`, whole or not, may begin with a tag and a known command.
bool may_be_command(std::string_view text) {
  const std::size_t blank = text.substr(0, kLongestTag + 1).find(' ');
  const std::string_view tag = text.substr(0, blank);
  if (tag.empty() || tag.size() > kLongestTag) return false;
  const auto of_tag = [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("*+(){%\\\"").find(c) == std::string_view::npos;
  };
  if (!std::ranges::all_of(tag, of_tag)) return false;
  if (blank == std::string_view::npos) return true;
  text.remove_prefix(blank + 1);
  return may_begin_with(text, kCommands);
}

bool may_be_reply(std::string_view text) {
  return text.substr(0, 2) == std::string_view("* ").substr(0, text.size());
}

bool is_greeting(std::string_view line) {
  for (const std::string_view word : {"* OK", "* PREAUTH", "* BYE"})
    if (begins_with_word(line, word)) return true;
  return false;
}

struct Session {
  std::string version, greeting, server_software, client_software, user, auth_mechanism;
  std::string_view starttls;
  Logins logins;
};

void read_capabilities(std::string_view text, Session& session) {
  for (const std::string_view revision : {"4rev1", "4rev2"})
    if (mentions(text, "IMAP" + std::string(revision))) session.version = revision;
  if (mentions(text, "STARTTLS") && session.starttls.empty()) session.starttls = "offered";
}

// The next string or atom of `text`, taken off it; nothing where it is a literal, which stands on a line of
// its own.
std::string_view take_string(std::string_view& text) {
  text = trimmed(text);
  if (!text.starts_with('"')) return text.starts_with('{') ? std::string_view{} : take_until(text, ' ');
  text.remove_prefix(1);
  return take_until(text, '"');
}

// Name and version out of ("name" "Dovecot" "version" "2.3"), up to the first literal.
std::string software_of_id(std::string_view list) {
  std::string_view name, version;
  list = list.substr(std::min(list.find('('), list.size()));
  if (!list.empty()) list.remove_prefix(1);
  while (!list.empty()) {
    const std::string field = upper_case(take_string(list));
    const std::string_view value = take_string(list);
    if (field == "NAME") name = value;
    if (field == "VERSION") version = value;
    if (list.starts_with(')') || list.starts_with('{')) break;
  }
  std::string software(name);
  if (!name.empty() && !version.empty()) software += ' ';
  return software.append(version);
}

// "* OK [CAPABILITY IMAP4rev1] Dovecot ready."
void read_greeting(std::string_view line, Session& session) {
  std::string_view text = argument_of(argument_of(line));
  if (text.starts_with('[')) {
    const std::string_view code = take_until(text, ']');
    if (mentions(code, "CAPABILITY")) read_capabilities(code, session);
  }
  session.greeting = trimmed(text);
}

void read_untagged(std::string_view line, Session& session) {
  const std::string_view said = argument_of(line);
  if (begins_with_word(said, "CAPABILITY")) read_capabilities(said, session);
  if (begins_with_word(said, "ID")) session.server_software = software_of_id(said);
}

void read_command(std::string_view command, Session& session) {
  std::string_view argument = argument_of(command);
  if (begins_with_word(command, "LOGIN")) session.user = take_string(argument);
  if (begins_with_word(command, "AUTHENTICATE"))
    session.auth_mechanism = upper_case(take_until(argument, ' '));
  if (begins_with_word(command, "ID")) session.client_software = software_of_id(argument);
}

struct Reply {
  enum class State : std::uint8_t { kMore, kChallenge, kOk, kRefused };
  State state = State::kMore;
};

// The server's lines up to the one that has `tag`, or that asks for more of the client's.
Reply::State take_reply(Lines& lines, std::string_view tag, Session& session) {
  for (std::size_t i = 0; i < kMostLines; i++) {
    const auto line = lines.next();
    if (!line) return Reply::State::kMore;
    if (line->starts_with("+")) return Reply::State::kChallenge;
    if (begins_with_word(*line, tag))
      return begins_with_word(argument_of(*line), "OK") ? Reply::State::kOk : Reply::State::kRefused;
    read_untagged(*line, session);
  }
  return Reply::State::kRefused;
}

bool is_last(std::string_view command) {
  for (const std::string_view word : {"CAPABILITY", "NOOP", "ID", "STARTTLS", "ENABLE", "COMPRESS"})
    if (begins_with_word(command, word)) return false;
  return true;
}

Handshake told(const Session& session) {
  Handshake handshake;
  handshake.app = "imap";
  handshake.app_version = session.version;
  handshake.add_known("server_software",
                      session.server_software.empty() ? session.greeting : session.server_software);
  handshake.add_known("client_software", session.client_software);
  handshake.add_known("user", session.user);
  handshake.add_known("auth_mechanism", session.auth_mechanism);
  handshake.add_known("starttls", session.starttls);
  session.logins.tell(handshake);
  return handshake;
}

enum class Kind : std::uint8_t { kUndecided, kImap, kOther };

Kind kind_of(Dialogue dialogue, std::uint16_t port) {
  const auto first = dialogue.replies.next();
  if (!first && !dialogue.replies_end()) return Kind::kUndecided;
  const bool greeting = first && is_greeting(*first);
  if (greeting && (mentions(*first, "IMAP") || mentions(*first, "[CAPABILITY"))) return Kind::kImap;
  const auto command = dialogue.commands.next();
  if (!command && !dialogue.commands_end()) return Kind::kUndecided;
  if (!command) return greeting && port == kPort ? Kind::kImap : Kind::kOther;
  if (!command_of(*command)) return Kind::kOther;
  const auto second = dialogue.commands.next();
  if (!first && !second && !dialogue.commands_end()) return Kind::kUndecided;
  return first || port == kPort || (second && command_of(*second)) ? Kind::kImap : Kind::kOther;
}

}  // namespace

Answer decode_imap(const Heads& heads, Handshakes& handshakes) {
  std::size_t client = 0;
  for (std::size_t i = 0; i < 2; i++) {
    const std::string_view text = text_of(heads.bytes[i]);
    if (text.empty()) continue;
    const bool serves = text.front() == '*';
    if (serves ? !may_be_reply(text) : !may_be_command(text)) return {.verdict = Verdict::kNotMine};
    const std::size_t found = serves ? 1 - i : i;
    if (i == 1 && !heads.bytes[0].empty() && found != client) return {.verdict = Verdict::kNotMine};
    client = found;
  }
  Dialogue dialogue(heads, client);
  const Kind kind = kind_of(dialogue, heads.ports[dialogue.server]);
  if (kind == Kind::kOther) return {.verdict = Verdict::kNotMine};
  if (kind == Kind::kUndecided) return dialogue.wait(Verdict::kUndecided, true, true);

  Session session;
  Dialogue begin = dialogue;
  if (const auto line = begin.replies.next(); line && is_greeting(*line)) {
    dialogue.replies = begin.replies;
    read_greeting(*line, session);
  }
  using State = Reply::State;
  for (int i = 0; i < kMostCommands; i++) {
    const auto line = dialogue.commands.next();
    if (!line && !dialogue.commands_end()) return dialogue.wait(Verdict::kMine, true, false);
    const auto command = line ? command_of(*line) : std::nullopt;
    if (!command) break;
    const std::string_view tag = line->substr(0, line->find(' '));
    read_command(*command, session);
    State state = take_reply(dialogue.replies, tag, session);
    while (state == State::kChallenge) {
      if (!dialogue.commands.next()) {
        if (!dialogue.commands_end()) return dialogue.wait(Verdict::kMine, true, false);
        break;
      }
      state = take_reply(dialogue.replies, tag, session);
    }
    if (state == State::kMore && !dialogue.replies_end()) return dialogue.wait(Verdict::kMine, false, true);
    if (begins_with_word(*command, "STARTTLS")) {
      if (state == State::kMore && dialogue.awaits_tls()) return dialogue.wait(Verdict::kMine, true, false);
      const bool taken =
          state == State::kMore ? goes_on_in_tls(dialogue.commands.rest()) : state == State::kOk;
      session.starttls = taken ? "accepted" : "refused";
      if (taken) {
        handshakes.push_back(told(session));
        return dialogue.hand_on();
      }
    }
    const bool logs_in = begins_with_word(*command, "LOGIN") || begins_with_word(*command, "AUTHENTICATE");
    if (logs_in && state != State::kMore) session.logins.take(state == State::kOk);
    if (state == State::kOk && is_last(*command)) break;
    if (begins_with_word(*command, "LOGOUT")) break;
  }
  handshakes.push_back(told(session));
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
