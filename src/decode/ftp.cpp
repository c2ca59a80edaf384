#include "decode/ftp.h"

#include <string>
#include <string_view>

#include "decode/dialogue.h"
#include "decode/logins.h"
#include "decode/numbered_dialogue.h"

namespace vedette {

namespace {

constexpr int kMostCommands = 64;  // before the first data connection

struct Session {
  std::string server_software, system, client_software, user, auth_mechanism;
  std::string_view starttls;
  Logins logins;
};

// "220 (vsFTPd 3.0.3)"
void read_greeting(const NumberedReply& greeting, Session& session) {
  if (greeting.code != 220 || greeting.lines.empty()) return;
  std::string_view text;
  for (const std::string_view line : greeting.lines)
    if (text.empty()) text = trimmed(line);
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  session.server_software = text;
}

// `reply` is null where the capture lacks the server's side.
void read_command(std::string_view line, const NumberedReply* reply, Session& session) {
  if (begins_with_word(line, "USER")) session.user = argument_of(line);
  if (begins_with_word(line, "CLNT")) session.client_software = argument_of(line);
  if (begins_with_word(line, "AUTH")) session.auth_mechanism = upper_case(argument_of(line));
  // RFC 959 §5.4: what ends PASS; 332 wants an account besides.
  if (begins_with_word(line, "PASS") && reply != nullptr && reply->code != 332)
    session.logins.take(reply->code == 230 || reply->code == 202);
  if (begins_with_word(line, "SYST") && reply != nullptr && reply->code == 215)
    session.system = trimmed(reply->lines.front());
}

// Whether nothing of interest follows `line`: data goes over connections of its own.
bool is_last(std::string_view line) {
  for (const std::string_view word : {"PASV", "EPSV", "PORT", "EPRT", "LPSV", "LPRT", "QUIT"})
    if (begins_with_word(line, word)) return true;
  return false;
}

Handshake told(const Session& session) {
  Handshake handshake;
  handshake.app = "ftp";
  handshake.add_known("server_software", session.server_software);
  handshake.add_known("system", session.system);
  handshake.add_known("client_software", session.client_software);
  handshake.add_known("user", session.user);
  handshake.add_known("auth_mechanism", session.auth_mechanism);
  handshake.add_known("starttls", session.starttls);
  session.logins.tell(handshake);
  return handshake;
}

// The reply to a command; a preliminary one (1xx) is not yet it.
ReplyState take_reply(Lines& lines, NumberedReply& reply) {
  ReplyState state = take_numbered_reply(lines, reply);
  while (state == ReplyState::kWhole && reply.code < 200) state = take_numbered_reply(lines, reply);
  return state;
}

}  // namespace

Answer decode_ftp(const Heads& heads, Handshakes& handshakes) {
  const NumberedProtocol protocol = numbered_protocol(heads);
  if (protocol.kind == NumberedProtocol::Kind::kUndecided) return protocol.answer;
  if (protocol.kind != NumberedProtocol::Kind::kFtp) return {.verdict = Verdict::kNotMine};

  Dialogue dialogue(heads, protocol.client);
  Session session;
  NumberedReply reply;
  const auto done = [&](Answer answer) {
    handshakes.push_back(told(session));
    return answer;
  };
  const bool no_replies = dialogue.replies_end() && dialogue.replies.rest().empty();
  if (dialogue.replies.rest().starts_with("220") || dialogue.replies.rest().starts_with("120") ||
      dialogue.replies.rest().starts_with("421")) {
    const ReplyState state = take_reply(dialogue.replies, reply);
    if (state == ReplyState::kMore && !dialogue.replies_end())
      return dialogue.wait(Verdict::kMine, false, true);
    read_greeting(reply, session);
  }
  for (int i = 0; i < kMostCommands; i++) {
    const auto line = dialogue.commands.next();
    if (!line && !dialogue.commands_end()) return dialogue.wait(Verdict::kMine, true, false);
    if (!line || is_last(*line)) break;
    const NumberedReply* answered = nullptr;
    if (!no_replies) {
      const ReplyState state = take_reply(dialogue.replies, reply);
      if (state == ReplyState::kMore && !dialogue.replies_end())
        return dialogue.wait(Verdict::kMine, false, true);
      if (state == ReplyState::kWhole) answered = &reply;
    }
    read_command(*line, answered, session);
    if (!begins_with_word(*line, "AUTH")) continue;
    if (!answered && dialogue.awaits_tls()) return dialogue.wait(Verdict::kMine, true, false);
    const bool taken = answered ? answered->code == 234 : goes_on_in_tls(dialogue.commands.rest());
    if (!taken) continue;  // all that follows is in clear
    session.starttls = "accepted";
    return done(dialogue.hand_on());
  }
  return done({.verdict = Verdict::kDone});
}

}  // namespace vedette
