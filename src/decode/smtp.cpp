#include "decode/smtp.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "decode/dialogue.h"
#include "decode/logins.h"
#include "decode/numbered_dialogue.h"

namespace vedette {

namespace {

constexpr std::size_t kMostDomains = 20;
constexpr int kMostCommands = 64;  // until a letter's text; who says more isn't sending one

// What was said, as far as it has been read.
struct Session {
  std::string server_name, server_software, helo, auth_mechanism, mail_from_domain;
  std::vector<std::string> rcpt_to_domains;
  std::string_view starttls, version;
  Logins logins;
};

// A capture that begins within a session has a reply to a command instead.
bool is_greeting(std::string_view replies) {
  return replies.starts_with("220") || replies.starts_with("421") || replies.starts_with("554");
}

// "220 domain text" (RFC 5321 §4.2): the word (E)SMTP isn't of the software's name.
void read_greeting(const NumberedReply& greeting, Session& session) {
  if (greeting.code != 220 || greeting.lines.empty()) return;
  std::string_view text = trimmed(greeting.lines.front());
  const std::string_view name = text.substr(0, text.find(' '));
  const std::string_view behind = argument_of(text);
  if (name.find('.') != std::string_view::npos || name.starts_with('[') ||
      begins_with_word(behind, "ESMTP") || begins_with_word(behind, "SMTP")) {
    session.server_name = name;
    text = behind;
  }
  for (const std::string_view word : {"ESMTP", "SMTP", "LMTP"})
    if (begins_with_word(text, word)) text = trimmed(text.substr(word.size()));
  session.server_software = text;
}

// Of "MAIL FROM:<user@domain> SIZE=1" the domain; empty where there is none.
std::string_view domain_of_path(std::string_view line) {
  std::string_view path = line.substr(std::min(line.find(':'), line.size() - 1) + 1);
  path = trimmed(path);
  const std::size_t end = path.starts_with('<') ? path.find('>') : path.find(' ');
  path = path.substr(0, end);
  const std::size_t at = path.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : path.substr(at + 1);
}

bool accepted(const NumberedReply* reply) {
  return reply == nullptr || (reply->code >= 200 && reply->code < 400);
}

// `reply` is null where the capture lacks the server's side.
void read_command(std::string_view line, const NumberedReply* reply, Session& session) {
  const bool extended = begins_with_word(line, "EHLO") || begins_with_word(line, "LHLO");
  if (extended || begins_with_word(line, "HELO")) {
    session.helo = argument_of(line);
    if (reply != nullptr && accepted(reply)) {
      session.version = extended ? "ESMTP" : "SMTP";
      for (const std::string_view offer : reply->lines)
        if (begins_with_word(offer, "STARTTLS")) session.starttls = "offered";
    }
  } else if (begins_with_word(line, "AUTH")) {
    std::string_view mechanism = argument_of(line);
    session.auth_mechanism = upper_case(take_until(mechanism, ' '));
  } else if (begins_with_word(line, "MAIL") && accepted(reply)) {
    session.mail_from_domain = domain_of_path(line);
  } else if (begins_with_word(line, "RCPT") && accepted(reply)) {
    const std::string_view domain = domain_of_path(line);
    auto& domains = session.rcpt_to_domains;
    if (!domain.empty() && domains.size() < kMostDomains &&
        std::ranges::find(domains, domain) == domains.end())
      domains.emplace_back(domain);
  }
}

// Whether nothing of interest follows `line`.
bool is_last(std::string_view line, const NumberedReply* reply) {
  return begins_with_word(line, "BDAT") || begins_with_word(line, "QUIT") ||
         (begins_with_word(line, "DATA") && (reply == nullptr || reply->code == 354));
}

Handshake told(Session session) {
  Handshake handshake;
  handshake.app = "smtp";
  handshake.app_version = session.version;
  handshake.add_known("server_name", session.server_name);
  handshake.add_known("server_software", session.server_software);
  handshake.add_known("helo", session.helo);
  handshake.add_known("starttls", std::string(session.starttls));
  handshake.add_known("auth_mechanism", session.auth_mechanism);
  handshake.add_known("mail_from_domain", session.mail_from_domain);
  handshake.add_known("rcpt_to_domains", session.rcpt_to_domains);
  session.logins.tell(handshake);
  return handshake;
}

}  // namespace

Answer decode_smtp(const Heads& heads, Handshakes& handshakes) {
  const NumberedProtocol protocol = numbered_protocol(heads);
  if (protocol.kind == NumberedProtocol::Kind::kUndecided) return protocol.answer;
  if (protocol.kind != NumberedProtocol::Kind::kSmtp) return {.verdict = Verdict::kNotMine};

  Dialogue dialogue(heads, protocol.client);
  Session session;
  NumberedReply reply;
  const auto done = [&](Answer answer) {
    handshakes.push_back(told(std::move(session)));
    return answer;
  };
  const bool no_replies = dialogue.replies_end() && dialogue.replies.rest().empty();
  if (is_greeting(dialogue.replies.rest())) {
    const ReplyState state = take_numbered_reply(dialogue.replies, reply);
    if (state == ReplyState::kMore && !dialogue.replies_end())
      return dialogue.wait(Verdict::kMine, false, true);
    read_greeting(reply, session);
  }
  bool data = false;  // the client's next line answers a challenge
  for (int i = 0; i < kMostCommands; i++) {
    const auto line = dialogue.commands.next();
    if (!line && !dialogue.commands_end()) return dialogue.wait(Verdict::kMine, true, false);
    if (!line) break;
    const NumberedReply* answered = nullptr;
    if (!no_replies) {
      const ReplyState state = take_numbered_reply(dialogue.replies, reply);
      if (state == ReplyState::kMore && !dialogue.replies_end())
        return dialogue.wait(Verdict::kMine, false, true);
      if (state == ReplyState::kWhole) answered = &reply;
    }
    // RFC 4954 §4.2 and §6.
    if (answered && (reply.code == 235 || reply.code == 535)) session.logins.take(reply.code == 235);
    if (!data && begins_with_word(*line, "STARTTLS")) {
      if (!answered && dialogue.awaits_tls()) return dialogue.wait(Verdict::kMine, true, false);
      const bool taken = answered ? answered->code == 220 : goes_on_in_tls(dialogue.commands.rest());
      session.starttls = taken ? "accepted" : "refused";
      if (taken) return done(dialogue.hand_on());
    }
    if (!data) read_command(*line, answered, session);
    if (!data && is_last(*line, answered)) break;
    data = answered != nullptr && answered->code == 334;
  }
  return done({.verdict = Verdict::kDone});
}

}  // namespace vedette
