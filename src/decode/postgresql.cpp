#include "decode/postgresql.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/dialogue.h"
#include "decode/logins.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::size_t kRequestBytes = 8;         // length and code
constexpr std::size_t kLongestStartup = 10'000;  // MAX_STARTUP_PACKET_LENGTH of the server
constexpr std::size_t kLongestMessage = 30'000;  // what a server says before it is ready is far shorter
constexpr std::size_t kStartup2Bytes = 296;
constexpr int kMostRequests = 4;   // TLS and GSSAPI each once, then the startup message
constexpr int kMostMessages = 64;  // of the server, until it is ready

enum Code : std::uint32_t {
  kCancel = 80877102,
  kSslRequest = 80877103,
  kGssRequest = 80877104,
};

struct Request {
  std::uint32_t length = 0;
  std::uint32_t code = 0;

  [[nodiscard]] std::uint32_t major() const { return code >> 16; }
  [[nodiscard]] std::uint32_t minor() const { return code & 0xffff; }
  [[nodiscard]] bool known() const {
    if (code == kSslRequest || code == kGssRequest) return length == kRequestBytes;
    if (code == kCancel) return length >= 16 && length <= 268;  // its key is longer from 3.2 on
    if (major() == 2) return minor() == 0 && length == kStartup2Bytes;
    return major() == 3 && (minor() < 3 || minor() == 9999) && length > kRequestBytes &&
           length <= kLongestStartup;
  }
};

struct Session {
  std::string version;
  Logins logins;
  std::map<std::string_view, std::string> facts;
};

std::string_view take_c_string(std::string_view& text) {
  return take_until(text, '\0');
}

// "user\0ann\0database\0d\0\0"
void read_startup3(std::string_view parameters, Session& session) {
  while (!parameters.empty() && parameters.front() != '\0') {
    const std::string_view name = take_c_string(parameters), value = take_c_string(parameters);
    for (const std::string_view known : {"user", "database", "application_name"})
      if (name == known && !value.empty()) session.facts[known] = value;
  }
}

// Fields of fixed size: database of 64 bytes, user of 32 (PostgreSQL 7.3, "StartupPacket").
void read_startup2(std::string_view fields, Session& session) {
  std::string_view database = fields.substr(0, 64);
  std::string_view user = fields.substr(std::min<std::size_t>(64, fields.size()), 32);
  if (const auto name = take_c_string(database); !name.empty()) session.facts["database"] = name;
  if (const auto name = take_c_string(user); !name.empty()) session.facts["user"] = name;
}

std::string auth_method(ByteReader& body) {
  switch (body.u32()) {
    case 0:
      return "trust";
    case 2:
      return "kerberos5";
    case 3:
      return "password";
    case 5:
      return "md5";
    case 7:
      return "gss";
    case 9:
      return "sspi";
    case 10: {
      std::string_view mechanisms = text_of(body.take(body.left()));
      return std::string(take_c_string(mechanisms));
    }
    default:
      return {};  // goes on with a method that was told before
  }
}

// ErrorResponse: fields that begin with a letter and end with a zero. Class 28 is an invalid authorization.
void take_error(std::string_view fields, Session& session) {
  while (!fields.empty() && fields.front() != '\0') {
    const std::string_view field = take_c_string(fields);
    if (field.starts_with("C28")) session.logins.take(false);
  }
}

enum class Server : std::uint8_t { kMore, kEnd };

// The server's messages until it is ready or refuses; `need` counts from their begin.
Server read_server(std::span<const std::uint8_t> bytes, bool ended, Session& session, std::size_t& need) {
  ByteReader reader(bytes);
  for (int i = 0; i < kMostMessages; i++) {
    const std::size_t at = bytes.size() - reader.left();
    need = at + 5;
    if (reader.left() < 5) return ended ? Server::kEnd : Server::kMore;
    const auto type = static_cast<char>(reader.u8());
    const std::uint32_t length = reader.u32();
    if (std::string_view("RSKNvE").find(type) == std::string_view::npos || length < 4 ||
        length > kLongestMessage)
      return Server::kEnd;
    need = at + 1 + length;
    if (reader.left() < length - 4) return ended ? Server::kEnd : Server::kMore;
    ByteReader body(reader.take(length - 4));
    if (type == 'E') {
      take_error(text_of(body.take(body.left())), session);
      return Server::kEnd;
    }
    if (type == 'R') {
      if (const std::string method = auth_method(body); !method.empty())
        session.facts.try_emplace("auth_method", method);
    } else if (type == 'S') {
      std::string_view text = text_of(body.take(body.left()));
      if (take_c_string(text) == "server_version") session.facts["server_software"] = take_c_string(text);
    } else if (type == 'v') {  // "no newer than": the minor version alone, or with the major one
      session.version = "3." + std::to_string(body.u32() & 0xffff);
    }
  }
  return Server::kEnd;
}

Answer done(const Session& session, Handshakes& handshakes, Answer answer = {.verdict = Verdict::kDone}) {
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "postgresql";
  handshake.app_version = session.version;
  for (const std::string_view name :
       {"starttls", "request", "user", "database", "application_name", "auth_method", "server_software"})
    if (const auto fact = session.facts.find(name); fact != session.facts.end())
      handshake.add(name, fact->second);
  session.logins.tell(handshake);
  return answer;
}

// A server without its client: as its messages are numbered by letters alone, two that follow each other must
// fit.
Answer decode_server_alone(const Heads& heads, std::size_t server, Handshakes& handshakes) {
  Session session;
  std::size_t need = 0;
  const auto bytes = heads.bytes[server];
  read_server(bytes, true, session, need);
  if (!session.facts.contains("auth_method") || bytes.empty() || bytes[0] != 'R')
    return {.verdict = Verdict::kNotMine};
  if (!session.facts.contains("server_software") && session.facts["auth_method"] != "SCRAM-SHA-256")
    return {.verdict = Verdict::kNotMine};
  return done(session, handshakes);
}

bool may_be_server(std::span<const std::uint8_t> head) {
  return head.empty() ||
         std::string_view("SNGERv").find(static_cast<char>(head[0])) != std::string_view::npos;
}

}  // namespace

Answer decode_postgresql(const Heads& heads, Handshakes& handshakes) {
  const auto begins_with_zero = [&](std::size_t i) {
    return !heads.bytes[i].empty() && heads.bytes[i][0] == 0;
  };
  const std::size_t client = !begins_with_zero(0) && (begins_with_zero(1) || !heads.bytes[0].empty()) ? 1 : 0;
  const std::size_t server = 1 - client;
  const auto ours = heads.bytes[client], theirs = heads.bytes[server];
  const bool ended = heads.ended[client] && heads.ended[server];
  if (!may_be_server(theirs)) return {.verdict = Verdict::kNotMine};
  if (ours.empty() && ended) return decode_server_alone(heads, server, handshakes);

  Session session;
  std::size_t used = 0, answered = 0;
  for (int i = 0; i < kMostRequests; i++) {
    const auto rest = ours.subspan(used);
    const Verdict so_far = used == 0 ? Verdict::kUndecided : Verdict::kMine;
    if (rest.size() < kRequestBytes && !heads.ended[client]) {
      // A length below 64 KiB, and codes that are all below 0x05000000.
      const bool never = used == 0 && ((!rest.empty() && rest[0] != 0) || (rest.size() > 1 && rest[1] != 0) ||
                                       (rest.size() > 4 && rest[4] > 4));
      if (never) return {.verdict = Verdict::kNotMine};
      Answer answer{.verdict = so_far};
      answer.need[client] = used + kRequestBytes;
      return answer;
    }
    ByteReader reader(rest);
    const Request request{.length = reader.u32(), .code = reader.u32()};
    if (reader.failed() || !request.known())
      return used == 0 ? Answer{.verdict = Verdict::kNotMine} : done(session, handshakes);
    if (request.code != kSslRequest && request.code != kGssRequest) {
      const std::size_t length = std::min<std::size_t>(request.length, rest.size());
      if (length < request.length && !heads.ended[client]) {
        Answer answer{.verdict = Verdict::kMine};
        answer.need[client] = used + request.length;
        return answer;
      }
      const std::string_view body = text_of(rest.subspan(kRequestBytes, length - kRequestBytes));
      if (request.code == kCancel) {  // which a server doesn't answer
        if (theirs.empty() && !heads.ended[server]) {
          Answer answer{.verdict = Verdict::kMine};
          answer.need[server] = 1;
          return answer;
        }
        session.facts["request"] = "cancel";
        return done(session, handshakes);
      }
      session.version = std::to_string(request.major()) + "." + std::to_string(request.minor());
      if (request.major() == 2)
        read_startup2(body, session);
      else
        read_startup3(body, session);
      std::size_t need = 0;
      if (read_server(theirs.subspan(answered), heads.ended[server], session, need) == Server::kEnd)
        return done(session, handshakes);
      Answer answer{.verdict = Verdict::kMine};
      answer.need[server] = answered + need;
      return answer;
    }
    used += kRequestBytes;
    if (answered == theirs.size() && !heads.ended[server]) {
      Answer answer{.verdict = Verdict::kMine};
      answer.need[server] = answered + 1;
      return answer;
    }
    const bool silent = answered == theirs.size();
    const char reply = silent ? (goes_on_in_tls(text_of(ours.subspan(used))) ? 'S' : '\0')
                              : static_cast<char>(theirs[answered]);
    answered += silent ? 0 : 1;
    if (reply == 'S' || reply == 'G') {
      session.facts["starttls"] = "accepted";
      Answer answer{.verdict = Verdict::kDone, .next = reply == 'S' ? Next::kAny : Next::kNobody};
      answer.used[client] = used;
      answer.used[server] = answered;
      return done(session, handshakes, answer);
    }
    if (reply != 'N') return done(session, handshakes);
    session.facts["starttls"] = "refused";
  }
  return done(session, handshakes);
}

}  // namespace vedette
