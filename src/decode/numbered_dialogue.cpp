#include "decode/numbered_dialogue.h"

#include <algorithm>
#include <array>

#include "decode/dialogue.h"

namespace vedette {

namespace {

using Kind = NumberedProtocol::Kind;

constexpr std::size_t kLinesOfAReply = 400;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether `text`, whole or not, may be the begin of a reply: "220 ", "220-".
bool may_be_reply(std::string_view text) {
  if (text.empty() || text[0] < '1' || text[0] > '5') return false;
  for (std::size_t i = 1; i < std::min<std::size_t>(text.size(), 3); i++)
    if (!is_digit(text[i])) return false;
  return text.size() < 4 || text[3] == ' ' || text[3] == '-' || text[3] == '\r' || text[3] == '\n';
}

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

struct Command {
  std::string_view word;
  Kind kind;  // kUndecided: of both
};

// RFC 5321 §4.1, 3207, 4954, 2033, 3030; RFC 959 §4.1, 775, 2228, 2389, 2428, 3659, 7151.
constexpr Command kCommands[] = {
    {"EHLO", Kind::kSmtp},      {"HELO", Kind::kSmtp},      {"LHLO", Kind::kSmtp},
    {"STARTTLS", Kind::kSmtp},  {"MAIL", Kind::kSmtp},      {"RCPT", Kind::kSmtp},
    {"DATA", Kind::kSmtp},      {"BDAT", Kind::kSmtp},      {"VRFY", Kind::kSmtp},
    {"EXPN", Kind::kSmtp},      {"ETRN", Kind::kSmtp},      {"RSET", Kind::kSmtp},
    {"XCLIENT", Kind::kSmtp},   {"QUIT", Kind::kUndecided}, {"NOOP", Kind::kUndecided},
    {"HELP", Kind::kUndecided}, {"AUTH", Kind::kUndecided}, {"USER", Kind::kFtp},
    {"PASS", Kind::kFtp},       {"ACCT", Kind::kFtp},       {"FEAT", Kind::kFtp},
    {"SYST", Kind::kFtp},       {"OPTS", Kind::kFtp},       {"HOST", Kind::kFtp},
    {"PASV", Kind::kFtp},       {"EPSV", Kind::kFtp},       {"PORT", Kind::kFtp},
    {"EPRT", Kind::kFtp},       {"CWD", Kind::kFtp},        {"CDUP", Kind::kFtp},
    {"PWD", Kind::kFtp},        {"XPWD", Kind::kFtp},       {"XCWD", Kind::kFtp},
    {"TYPE", Kind::kFtp},       {"MODE", Kind::kFtp},       {"STRU", Kind::kFtp},
    {"LIST", Kind::kFtp},       {"NLST", Kind::kFtp},       {"MLSD", Kind::kFtp},
    {"MLST", Kind::kFtp},       {"RETR", Kind::kFtp},       {"STOR", Kind::kFtp},
    {"STOU", Kind::kFtp},       {"APPE", Kind::kFtp},       {"REST", Kind::kFtp},
    {"RNFR", Kind::kFtp},       {"RNTO", Kind::kFtp},       {"DELE", Kind::kFtp},
    {"MKD", Kind::kFtp},        {"RMD", Kind::kFtp},        {"XMKD", Kind::kFtp},
    {"XRMD", Kind::kFtp},       {"SIZE", Kind::kFtp},       {"MDTM", Kind::kFtp},
    {"MFMT", Kind::kFtp},       {"SITE", Kind::kFtp},       {"ALLO", Kind::kFtp},
    {"STAT", Kind::kFtp},       {"ABOR", Kind::kFtp},       {"PBSZ", Kind::kFtp},
    {"PROT", Kind::kFtp},       {"CCC", Kind::kFtp},        {"CLNT", Kind::kFtp},
    {"REIN", Kind::kFtp},       {"SMNT", Kind::kFtp},       {"LPRT", Kind::kFtp},
    {"LPSV", Kind::kFtp},       {"ADAT", Kind::kFtp},
};

// Of a client's line; kNeither where it is no command of either.
Kind kind_of_command(std::string_view line) {
  const std::string word = upper_case(line.substr(0, line.find(' ')));
  const auto* const found = std::ranges::find(kCommands, word, &Command::word);
  if (found == std::end(kCommands)) return Kind::kNeither;
  if (found->word != "AUTH") return found->kind;
  const std::string mechanism = upper_case(trimmed(line.substr(word.size())));  // RFC 4217 §4, RFC 2228 §3
  return mechanism.starts_with("TLS") || mechanism == "SSL" || mechanism == "GSSAPI" ||
                 mechanism == "KERBEROS_V4"
             ? Kind::kFtp
             : Kind::kSmtp;
}

// Whether `text` may begin with a command: letters alone until its first word ends, and then one that is
// known.
bool may_be_commands(std::string_view text) {
  const std::string_view word = FirstWord(text).said;
  if (word.empty() || !std::ranges::all_of(word, is_letter)) return false;
  return may_begin_with(text, kCommands, &Command::word);
}

Kind kind_of_greeting(const NumberedReply& greeting) {
  bool smtp = false, ftp = false;
  for (const std::string_view line : greeting.lines) {
    smtp = smtp || mentions(line, "SMTP");
    ftp = ftp || mentions(line, "FTP");
  }
  if (smtp == ftp) return Kind::kUndecided;
  return smtp ? Kind::kSmtp : Kind::kFtp;
}

Kind kind_of_port(std::uint16_t port) {
  if (port == 21) return Kind::kFtp;
  return port == 25 || port == 587 || port == 2525 ? Kind::kSmtp : Kind::kNeither;
}

// What a client's commands say, of a server that is known to be one of both, or of nobody.
Kind kind_of_commands(Lines& commands, bool alone) {
  constexpr int kMostLines = 8;
  // One command may be another protocol's (USER is POP3's and IRC's too): alone, several must agree.
  constexpr int kEnoughAlone = 3;
  int smtp = 0, ftp = 0;
  for (int i = 0; i < kMostLines; i++) {
    const auto line = commands.next();
    if (!line) break;
    const Kind kind = kind_of_command(*line);
    if (kind == Kind::kNeither) return smtp + ftp == 0 ? Kind::kNeither : Kind::kUndecided;
    smtp += kind == Kind::kSmtp;
    ftp += kind == Kind::kFtp;
    if (smtp + ftp >= (alone ? kEnoughAlone : 1) && (smtp == 0 || ftp == 0))
      return smtp > 0 ? Kind::kSmtp : Kind::kFtp;
  }
  return Kind::kUndecided;
}

enum class Speaks : std::uint8_t { kNothing, kAsServer, kAsClient, kAsNeither };

Speaks speaks(std::span<const std::uint8_t> head) {
  const std::string_view text = text_of(head);
  if (text.empty()) return Speaks::kNothing;
  if (may_be_reply(text)) return Speaks::kAsServer;
  return is_letter(text.front()) ? Speaks::kAsClient : Speaks::kAsNeither;
}

Kind undecided_by_words(Dialogue& dialogue, bool server_speaks, std::uint16_t server_port) {
  const bool commanded = !dialogue.commands.rest().empty();
  if (commanded && !may_be_commands(dialogue.commands.rest())) return Kind::kNeither;
  if (!server_speaks && !dialogue.replies_end()) return Kind::kUndecided;
  const Kind kind = kind_of_commands(dialogue.commands, !server_speaks);
  // Reading them may have found that none follows.
  if (kind != Kind::kUndecided || !dialogue.commands_end() || !dialogue.replies_end()) return kind;
  return server_speaks || commanded ? kind_of_port(server_port) : Kind::kNeither;
}

}  // namespace

ReplyState take_numbered_reply(Lines& lines, NumberedReply& reply) {
  reply = {};
  for (std::size_t i = 0; i < kLinesOfAReply; i++) {
    const auto line = lines.next();
    if (!line) return ReplyState::kMore;
    const bool numbered = line->size() >= 3 && may_be_reply(*line);
    if (i == 0 && !numbered) return ReplyState::kForeign;
    const int code =
        numbered ? (line->at(0) - '0') * 100 + (line->at(1) - '0') * 10 + (line->at(2) - '0') : 0;
    if (i == 0) reply.code = code;
    if (code != reply.code) {
      reply.lines.push_back(*line);
      continue;
    }
    reply.lines.push_back(line->substr(std::min<std::size_t>(4, line->size())));
    if (line->size() == 3 || line->at(3) == ' ') return ReplyState::kWhole;
  }
  return ReplyState::kForeign;
}

NumberedProtocol numbered_protocol(const Heads& heads) {
  const std::array said = {speaks(heads.bytes[0]), speaks(heads.bytes[1])};
  NumberedProtocol protocol;
  const auto neither = [&] {
    protocol.kind = Kind::kNeither;
    protocol.answer.verdict = Verdict::kNotMine;
    return protocol;
  };
  if (std::ranges::count(said, Speaks::kAsNeither) > 0 || (said[0] == said[1] && said[0] != Speaks::kNothing))
    return neither();
  protocol.client = said[0] == Speaks::kAsServer || said[1] == Speaks::kAsClient ? 1 : 0;

  Dialogue dialogue(heads, protocol.client);
  const bool server_speaks = said[dialogue.server] == Speaks::kAsServer;
  NumberedReply greeting;
  const ReplyState state = take_numbered_reply(dialogue.replies, greeting);
  if (server_speaks && (state == ReplyState::kForeign ||
                        (state == ReplyState::kMore && dialogue.replies_end() && greeting.lines.empty())))
    return neither();
  protocol.answer = dialogue.wait(Verdict::kUndecided, true, !server_speaks || state == ReplyState::kMore);
  if (state == ReplyState::kMore && !dialogue.replies_end()) {
    const bool commands = dialogue.commands.rest().empty() || may_be_commands(dialogue.commands.rest());
    return server_speaks || commands ? protocol : neither();
  }
  protocol.kind = kind_of_greeting(greeting);
  if (protocol.kind == Kind::kUndecided)
    protocol.kind = undecided_by_words(dialogue, server_speaks, heads.ports[dialogue.server]);
  return protocol.kind == Kind::kNeither ||
                 (protocol.kind == Kind::kUndecided && dialogue.commands_end() && dialogue.replies_end())
             ? neither()
             : protocol;
}

}  // namespace vedette
