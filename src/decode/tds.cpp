#include "decode/tds.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/tds_answer.h"
#include "decode/tds_packet.h"

namespace vedette {

namespace {

constexpr std::size_t kNameBytes = 258;  // of a procedure, with its length

bool is_client_type(TdsType type) {
  constexpr TdsType kTypes[] = {TdsType::kSqlBatch,  TdsType::kOldLogin, TdsType::kRpc,
                                TdsType::kAttention, TdsType::kBulk,     TdsType::kTransaction,
                                TdsType::kNormal5,   TdsType::kLogin7,   TdsType::kPrelogin};
  return std::ranges::find(kTypes, type) != std::end(kTypes);
}

struct Prelogin {
  std::string version;  // "15.0.2000"
  std::string encryption;
};

// Options with offset and length, up to 0xff (§2.2.6.5).
std::optional<Prelogin> parse_prelogin(std::span<const std::uint8_t> body) {
  constexpr std::string_view kEncryption[] = {"off", "on", "not_supported", "required"};
  ByteReader options(body);
  Prelogin prelogin;
  for (std::uint8_t token = options.u8(); token != 0xff; token = options.u8()) {
    const std::size_t offset = options.u16(), length = options.u16();
    if (options.failed() || token > 10 || offset + length > body.size()) return {};
    ByteReader value(body.subspan(offset, length));
    if (token == 0 && length >= 6) {
      const unsigned major = value.u8(), minor = value.u8(), build = value.u16();
      prelogin.version = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(build);
    }
    if (token == 1 && length == 1)
      if (const std::uint8_t says = value.u8() & 0x7f; says < std::size(kEncryption))
        prelogin.encryption = kEncryption[says];
  }
  if (options.failed() || prelogin.version.empty()) return {};
  return prelogin;
}

// UTF-16LE to UTF-8; what isn't in the basic plane is left out.
std::string utf8_of(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const unsigned unit = bytes[i] | bytes[i + 1] << 8;
    if (unit < 0x80) {
      text += static_cast<char>(unit);
    } else if (unit < 0x800) {
      text += static_cast<char>(0xc0 | unit >> 6);
      text += static_cast<char>(0x80 | (unit & 0x3f));
    } else if (unit < 0xd800 || unit > 0xdfff) {
      text += static_cast<char>(0xe0 | unit >> 12);
      text += static_cast<char>(0x80 | (unit >> 6 & 0x3f));
      text += static_cast<char>(0x80 | (unit & 0x3f));
    }
  }
  return text;
}

struct Login {
  std::string version, client_host, user, application_name, database;
};

// §2.2.6.4: fixed fields, then offset and length (in characters) of each text.
std::optional<Login> parse_login7(std::span<const std::uint8_t> body) {
  constexpr std::size_t kTextsAt = 36;
  ByteReader reader(body);
  const std::uint32_t length = reader.little32();
  const std::uint32_t version = reader.little32();
  const unsigned major = version >> 28, minor = version >> 24 & 0xf;
  if (reader.failed() || length < kTextsAt || major != 7 || minor > 4) return {};
  Login login;
  login.version = "7." + std::to_string(minor);
  reader.take(kTextsAt - 8);
  // Host, user, password, application, server, extension, library, language, database.
  std::string* const texts[] = {
      &login.client_host, &login.user, nullptr, &login.application_name, nullptr, nullptr, nullptr, nullptr,
      &login.database};
  for (std::string* const text : texts) {
    const std::size_t offset = reader.little16(), size = std::size_t{2} * reader.little16();
    if (text != nullptr && !reader.failed() && offset + size <= body.size())
      *text = utf8_of(body.subspan(offset, size));
  }
  return login;
}

// The first token of an answer (§2.2.7).
bool is_token(std::uint8_t token) {
  constexpr std::uint8_t kTokens[] = {0x79, 0x81, 0x88, 0xa4, 0xa5, 0xa9, 0xaa, 0xab, 0xac,
                                      0xad, 0xae, 0xd1, 0xd2, 0xe2, 0xe3, 0xe4, 0xe5, 0xed,
                                      0xee, 0xfd, 0xfe, 0xff, 0xa0, 0xa7, 0xec, 0x61};
  return std::ranges::find(kTokens, token) != std::end(kTokens);
}

struct Session {
  std::string version, server_version, client_version, encryption;
  Login login;
  Logins logins;
};

Answer done(const Session& session, Handshakes& handshakes) {
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "tds";
  handshake.app_version = session.login.version;
  handshake.add_known("server_version", session.server_version);
  handshake.add_known("client_version", session.client_version);
  handshake.add_known("encryption", session.encryption);
  handshake.add_known("client_host", session.login.client_host);
  handshake.add_known("user", session.login.user);
  handshake.add_known("application_name", session.login.application_name);
  handshake.add_known("database", session.login.database);
  session.logins.tell(handshake);
  return {.verdict = Verdict::kDone};
}

enum class Speaks : std::uint8_t { kNothing, kClient, kServer, kOther };

Speaks speaks(std::span<const std::uint8_t> head) {
  if (head.empty()) return Speaks::kNothing;
  const auto type = static_cast<TdsType>(head[0]);
  const bool client = is_client_type(type);
  if ((!client && type != TdsType::kResponse) || (head.size() > 1 && head[1] > 0x19) ||
      (head.size() >= kTdsHeaderBytes && !parse_tds_packet(head)))
    return Speaks::kOther;
  return client ? Speaks::kClient : Speaks::kServer;
}

// Before TDS 7.2 an RPC begins with its procedure's name, of ASCII letters in UTF-16 (§2.2.6.6).
bool names_procedure(std::span<const std::uint8_t> body) {
  constexpr std::size_t kShortest = 2, kLongest = (kNameBytes - 2) / 2;
  ByteReader reader(body);
  const std::size_t length = reader.little16();
  const auto name = reader.take(length * 2);
  if (length < kShortest || length > kLongest || name.empty()) return false;
  for (std::size_t i = 0; i < name.size(); i += 2)
    if (name[i] < 0x20 || name[i] > 0x7e || name[i + 1] != 0) return false;
  return true;
}

// What a client says once it is logged in.
enum class Request : std::uint8_t { kForeign, kFits, kSure };

Request request_of(const TdsPacket& client) {
  if (client.type == TdsType::kOldLogin || client.type == TdsType::kNormal5) return Request::kFits;
  if (client.type != TdsType::kTransaction && client.type != TdsType::kSqlBatch &&
      client.type != TdsType::kRpc)
    return Request::kForeign;
  // ALL_HEADERS with the transaction's alone (§2.2.5.3): both lengths and the type.
  ByteReader reader(client.body);
  const std::uint32_t headers = reader.little32(), first = reader.little32();
  if (reader.little16() == 2 && headers == 22 && first == 18) return Request::kSure;
  if (client.type == TdsType::kRpc && names_procedure(client.body)) return Request::kSure;
  const bool utf16 = client.body.size() >= 4 && client.body[1] == 0 && client.body[3] == 0;
  return client.type == TdsType::kSqlBatch && utf16 ? Request::kFits : Request::kForeign;
}

}  // namespace

Answer decode_tds(const Heads& heads, Handshakes& handshakes) {
  const std::array says = {speaks(heads.bytes[0]), speaks(heads.bytes[1])};
  if (says[0] == Speaks::kOther || says[1] == Speaks::kOther ||
      (says[0] == says[1] && says[0] != Speaks::kNothing))
    return {.verdict = Verdict::kNotMine};
  const std::size_t client = says[1] == Speaks::kClient || says[0] == Speaks::kServer ? 1 : 0;
  const std::size_t server = 1 - client;
  const auto ours = heads.bytes[client], theirs = heads.bytes[server];
  const auto wait = [&](Verdict verdict, std::size_t side, std::size_t need) {
    Answer answer{.verdict = verdict};
    answer.need[side] = need;
    return answer;
  };

  const auto asked = parse_tds_packet(ours);
  if (!asked)
    return heads.ended[client] ? Answer{.verdict = Verdict::kNotMine}
                               : wait(Verdict::kUndecided, client, kTdsHeaderBytes);
  if (!asked->whole() && !heads.ended[client]) {
    const bool all = asked->type == TdsType::kPrelogin || asked->type == TdsType::kLogin7;
    const std::size_t need = all ? asked->length : std::min(asked->length, kTdsHeaderBytes + kNameBytes);
    if (ours.size() < need) return wait(Verdict::kUndecided, client, need);
  }
  const auto answered = parse_tds_packet(theirs);
  Session session;
  const auto prelogin = asked->type == TdsType::kPrelogin ? parse_prelogin(asked->body) : std::nullopt;
  const auto login = asked->type == TdsType::kLogin7 ? parse_login7(asked->body) : std::nullopt;
  if (prelogin) session.client_version = prelogin->version;
  if (login) session.login = *login;
  const Request request = prelogin || login ? Request::kSure : request_of(*asked);
  if (request == Request::kForeign) return {.verdict = Verdict::kNotMine};
  const bool sure = request == Request::kSure;
  const bool enough = answered && (answered->whole() || (!prelogin && !answered->body.empty()));
  if (!enough && !heads.ended[server])
    return wait(sure ? Verdict::kMine : Verdict::kUndecided, server,
                answered ? (prelogin ? answered->length : kTdsHeaderBytes + 1) : kTdsHeaderBytes + 1);
  if (!sure) {  // both sides must fit
    const bool fits = answered && !answered->body.empty() && is_token(answered->body[0]);
    if (!fits) return {.verdict = Verdict::kNotMine};
  }
  const auto reply = prelogin && answered ? parse_prelogin(answered->body) : std::nullopt;
  if (reply) session.server_version = reply->version;
  if (reply) session.encryption = reply->encryption;
  if (prelogin && reply && (reply->encryption == "not_supported")) {
    // The login follows in clear.
    const auto second = ours.subspan(std::min(asked->length, ours.size()));
    const auto packet = parse_tds_packet(second);
    const std::size_t need = packet && packet->type == TdsType::kLogin7 ? packet->length : kTdsHeaderBytes;
    if (second.size() < need && !heads.ended[client])
      return wait(Verdict::kMine, client, asked->length + need);
    if (packet && packet->type == TdsType::kLogin7)
      if (const auto clear = parse_login7(packet->body)) session.login = *clear;
  }
  const bool answer_in_clear = login || asked->type == TdsType::kOldLogin || session.encryption == "off" ||
                               session.encryption == "not_supported";
  if (answer_in_clear) {
    const std::size_t begin = reply ? std::min(answered->length, theirs.size()) : 0;
    const TdsAnswer answer = read_tds_answer(theirs.subspan(begin), heads.ended[server]);
    if (answer.need != 0) return wait(Verdict::kMine, server, begin + answer.need);
    session.logins = answer.logins;
  }
  return done(session, handshakes);
}

}  // namespace vedette
