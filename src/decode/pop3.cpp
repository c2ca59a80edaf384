#include "decode/pop3.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "decode/dialogue.h"
#include "decode/logins.h"

namespace vedette {

namespace {

constexpr std::uint16_t kPort = 110;
constexpr int kMostCommands = 32;  // before somebody has logged in
constexpr std::size_t kMostLines = 1000;

// RFC 1939 §3 and §9, RFC 2449 §5, RFC 2595 §4, RFC 5034 §4.
constexpr std::string_view kCommands[] = {"USER", "PASS", "APOP", "AUTH", "CAPA", "STLS", "QUIT", "NOOP",
                                          "STAT", "LIST", "RETR", "DELE", "RSET", "TOP",  "UIDL", "UTF8"};
// Which other protocols with "+OK" for an answer (Redis) know too.
constexpr std::string_view kAmbiguous[] = {"QUIT", "NOOP", "AUTH"};

bool is_command(std::string_view line) {
  return std::ranges::any_of(kCommands, [&](auto command) { return begins_with_word(line, command); });
}

bool is_ambiguous(std::string_view line) {
  return std::ranges::any_of(kAmbiguous, [&](auto command) { return begins_with_word(line, command); });
}

// "AUTH PLAIN ..." (RFC 5034): Redis' AUTH has a password there.
bool names_mechanism(std::string_view line) {
  constexpr std::string_view kMechanisms[] = {"PLAIN",  "LOGIN",   "CRAM-MD5",    "DIGEST-MD5",  "NTLM",
                                              "GSSAPI", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1", "MSN"};
  std::string_view argument = argument_of(line);
  const std::string mechanism = upper_case(take_until(argument, ' '));
  return begins_with_word(line, "AUTH") &&
         (mechanism.empty() || std::ranges::find(kMechanisms, mechanism) != std::end(kMechanisms));
}

// Whether `text`, whole or not, may begin with a command, or with a server's answer.
bool may_be_command(std::string_view text) {
  return !FirstWord(text).said.empty() && may_begin_with(text, kCommands);
}

bool may_be_reply(std::string_view text) {
  return std::ranges::any_of(std::array<std::string_view, 2>{"+OK", "-ERR"}, [&](std::string_view begin) {
    return text.substr(0, begin.size()) == begin.substr(0, text.size());
  });
}

struct Reply {
  bool ok = false;
  bool challenge = false;  // "+ ": the client's next line answers it
  std::string_view text;
  std::vector<std::string_view> lines;  // of a longer answer, those behind the first
};

bool is_long(std::string_view command) {
  for (const std::string_view word : {"LIST", "UIDL", "AUTH"})
    if (begins_with_word(command, word)) return argument_of(command).empty();
  return begins_with_word(command, "CAPA") || begins_with_word(command, "RETR") ||
         begins_with_word(command, "TOP");
}

// The server's next answer; false where it isn't all there, or is none.
bool take_reply(Lines& lines, bool may_be_long, Reply& reply) {
  reply = {};
  const auto line = lines.next();
  if (!line) return false;
  reply.ok = line->starts_with("+OK");
  reply.challenge = line->starts_with("+ ") || *line == "+";
  reply.text = trimmed(line->substr(std::min<std::size_t>(reply.ok ? 3 : 4, line->size())));
  if (!reply.ok || !may_be_long) return true;
  for (std::size_t i = 0; i < kMostLines; i++) {
    const auto next = lines.next();
    if (!next) return false;
    if (*next == ".") return true;
    reply.lines.push_back(*next);
  }
  return true;
}

struct Session {
  std::string greeting, implementation, user, auth_mechanism;
  std::string_view starttls;
  Logins logins;
};

// A greeting's time stamp for APOP (RFC 1939 §7) isn't of the software's name.
std::string greeting_words(std::string_view text) {
  const std::size_t stamp = text.find('<');
  return std::string(trimmed(text.substr(0, stamp)));
}

// A capture that begins within a session may have a listing first, which goes on in lines without "+OK".
bool greets(Lines replies) {
  replies.next();
  const std::string_view behind = replies.rest();
  return behind.empty() || behind.front() == '+' || behind.front() == '-';
}

void read_command(std::string_view line, const Reply& reply, Session& session) {
  if (begins_with_word(line, "USER")) session.user = argument_of(line);
  if (begins_with_word(line, "APOP")) session.user = argument_of(line).substr(0, argument_of(line).find(' '));
  if (begins_with_word(line, "AUTH") && !argument_of(line).empty())
    session.auth_mechanism = upper_case(argument_of(line).substr(0, argument_of(line).find(' ')));
  if (!begins_with_word(line, "CAPA")) return;
  for (const std::string_view capability : reply.lines) {
    if (begins_with_word(capability, "IMPLEMENTATION")) session.implementation = argument_of(capability);
    if (begins_with_word(capability, "STLS")) session.starttls = "offered";
  }
}

// Whether `line` ends the logging in, and nothing of interest follows.
bool is_last(std::string_view line, const Reply& reply) {
  if (begins_with_word(line, "USER") || begins_with_word(line, "CAPA") || begins_with_word(line, "STLS") ||
      begins_with_word(line, "NOOP"))
    return false;
  return reply.ok || begins_with_word(line, "QUIT");
}

Handshake told(const Session& session) {
  Handshake handshake;
  handshake.app = "pop3";
  handshake.add_known("server_software",
                      session.implementation.empty() ? session.greeting : session.implementation);
  handshake.add_known("user", session.user);
  handshake.add_known("auth_mechanism", session.auth_mechanism);
  handshake.add_known("starttls", session.starttls);
  session.logins.tell(handshake);
  return handshake;
}

enum class Kind : std::uint8_t { kUndecided, kPop3, kOther };

// By the first command; where that may be another protocol's, or was not said, by the greeting and the port.
Kind kind_of(Dialogue dialogue, std::uint16_t port) {
  const auto greeting = dialogue.replies.next();
  if (!greeting && !dialogue.replies_end()) return Kind::kUndecided;
  const auto command = dialogue.commands.next();
  if (!command && !dialogue.commands_end()) return Kind::kUndecided;
  if (command && !is_command(*command)) return Kind::kOther;
  // Without a server, "USER" is FTP's as well: two of POP3's own must be there.
  if (!greeting) {
    const auto second = dialogue.commands.next();
    if (!second && !dialogue.commands_end()) return Kind::kUndecided;
    const bool both = command && second && is_command(*second) && !is_ambiguous(*second);
    return both && (port == kPort || begins_with_word(*command, "CAPA") || begins_with_word(*command, "APOP"))
               ? Kind::kPop3
               : Kind::kOther;
  }
  const bool sure = command && (!is_ambiguous(*command) || names_mechanism(*command));
  return sure || port == kPort || mentions(*greeting, "POP3") ? Kind::kPop3 : Kind::kOther;
}

}  // namespace

Answer decode_pop3(const Heads& heads, Handshakes& handshakes) {
  std::size_t client = 0;
  for (std::size_t i = 0; i < 2; i++) {
    const std::string_view text = text_of(heads.bytes[i]);
    if (text.empty()) continue;
    const bool serves = text.front() == '+' || text.front() == '-';
    if (serves ? !may_be_reply(text) : !may_be_command(text)) return {.verdict = Verdict::kNotMine};
    const std::size_t found = serves ? 1 - i : i;
    if (i == 1 && !heads.bytes[0].empty() && found != client) return {.verdict = Verdict::kNotMine};
    client = found;
  }
  Dialogue dialogue(heads, client);
  const Kind kind = kind_of(dialogue, heads.ports[dialogue.server]);
  if (kind == Kind::kOther) return {.verdict = Verdict::kNotMine};
  if (kind == Kind::kUndecided) return dialogue.wait(Verdict::kUndecided, true, true);

  Lines behind_greeting = dialogue.replies;
  behind_greeting.next();
  const bool greeting_alone = behind_greeting.rest().empty() && !dialogue.ended[dialogue.server];
  Session session;
  Reply reply;
  if (greets(dialogue.replies) && take_reply(dialogue.replies, false, reply))
    session.greeting = greeting_words(reply.text);
  bool data = false;
  std::string_view asked;
  for (int i = 0; i < kMostCommands; i++) {
    const auto line = dialogue.commands.next();
    if (!line && !dialogue.commands_end()) return dialogue.wait(Verdict::kMine, true, false);
    if (!line && greeting_alone) return dialogue.wait(Verdict::kMine, false, true);
    if (!line) break;
    const bool answered = take_reply(dialogue.replies, !data && is_long(*line), reply);
    if (!answered && !dialogue.replies_end()) return dialogue.wait(Verdict::kMine, false, true);
    if (!answered) reply = {};
    if (!data) asked = *line;
    if (!data) read_command(*line, reply, session);
    data = answered && reply.challenge;
    if (data) continue;
    if (begins_with_word(asked, "STLS")) {
      if (!answered && dialogue.awaits_tls()) return dialogue.wait(Verdict::kMine, true, false);
      const bool taken = answered ? reply.ok : goes_on_in_tls(dialogue.commands.rest());
      session.starttls = taken ? "accepted" : "refused";
      if (taken) {
        handshakes.push_back(told(session));
        return dialogue.hand_on();
      }
    }
    const bool logs_in = begins_with_word(asked, "PASS") || begins_with_word(asked, "APOP") ||
                         (begins_with_word(asked, "AUTH") && !argument_of(asked).empty());
    if (answered && logs_in) session.logins.take(reply.ok);
    if (answered && is_last(asked, reply)) break;
  }
  handshakes.push_back(told(session));
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
