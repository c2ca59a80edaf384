#include "decode/mysql.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "decode/lines.h"
#include "decode/logins.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::size_t kHeaderBytes = 4;         // length (little-endian), sequence number
constexpr std::size_t kLongestGreeting = 1024;  // what is known has less than 200
constexpr std::size_t kLongestLogin = 16'384;
constexpr std::size_t kSslRequestBytes = 32;
constexpr std::size_t kFillerBytes = 23;
constexpr std::size_t kScrambleBytes = 8;

enum Capability : std::uint32_t {
  kConnectWithDatabase = 0x8,
  kProtocol41 = 0x200,
  kSsl = 0x800,
  kSecureConnection = 0x8000,
  kPluginAuth = 0x80000,
  kConnectAttributes = 0x100000,
  kLengthEncodedAuth = 0x200000,
};

// A packet that a direction begins with.
struct Packet {
  enum class State : std::uint8_t { kNone, kMore, kWhole };
  State state = State::kNone;
  std::size_t need = 0;
  std::span<const std::uint8_t> body;

  [[nodiscard]] std::size_t size() const { return kHeaderBytes + body.size(); }
};

Packet read_packet(std::span<const std::uint8_t> head, std::uint8_t sequence, std::size_t longest) {
  if (head.size() < kHeaderBytes) {
    if (head.size() > 2 && head[2] != 0) return {};
    return {Packet::State::kMore, kHeaderBytes, {}};
  }
  ByteReader reader(head);
  const std::size_t length = reader.little24();
  if (reader.u8() != sequence || length == 0 || length > longest) return {};
  if (reader.left() < length)
    return {Packet::State::kMore, kHeaderBytes + length, reader.take(reader.left())};
  return {Packet::State::kWhole, 0, reader.take(length)};
}

std::string_view take_c_string(ByteReader& reader) {
  std::string_view rest = text_of(reader.take(reader.left()));
  const std::string_view taken = take_until(rest, '\0');
  reader = ByteReader({reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size()});
  return taken;
}

std::uint64_t take_length(ByteReader& reader) {
  const std::uint8_t first = reader.u8();
  if (first < 0xfb) return first;
  if (first == 0xfc) return reader.little16();
  if (first == 0xfd) return reader.little24();
  return reader.little64();
}

struct Greeting {
  std::string protocol;
  std::string version;
  std::string error;
};

// Protocol 9 and 10 begin alike: version, connection id, eight bytes of scramble, a zero.
std::optional<Greeting> parse_greeting(std::span<const std::uint8_t> body) {
  ByteReader reader(body);
  const std::uint8_t protocol = reader.u8();
  if (protocol == 0xff) {
    const std::uint16_t number = reader.little16();
    const std::string_view text = text_of(reader.take(reader.left()));
    if (number < 1000 || number > 4999 || text.size() < 4 || !Lines::is_text(text)) return {};
    return Greeting{.protocol = {}, .version = {}, .error = std::to_string(number)};
  }
  if (protocol != 9 && protocol != 10) return {};
  std::string_view version = take_c_string(reader);
  reader.take(4 + kScrambleBytes);
  const bool filled = protocol == 9 || reader.u8() == 0;
  if (reader.failed() || !filled || version.empty() || !is_printable(version) ||
      std::ranges::none_of(version, [](char c) { return c >= '0' && c <= '9'; }))
    return {};
  if (version.starts_with("5.5.5-") && version.find("MariaDB") != std::string_view::npos)
    version.remove_prefix(6);
  return Greeting{.protocol = std::to_string(protocol), .version = std::string(version), .error = {}};
}

struct Login {
  bool ssl_request = false;
  std::string user, database, auth_plugin, client_software;
};

void skip_auth_response(ByteReader& reader, std::uint32_t capabilities) {
  if (capabilities & kLengthEncodedAuth)
    reader.take(take_length(reader));
  else if (capabilities & kSecureConnection)
    reader.vector8();
  else
    take_c_string(reader);
}

std::string software_of_attributes(ByteReader& reader) {
  ByteReader attributes(reader.take(take_length(reader)));
  std::string_view name, version;
  while (!attributes.empty()) {
    const std::string_view key = text_of(attributes.take(take_length(attributes)));
    const std::string_view value = text_of(attributes.take(take_length(attributes)));
    if (key == "_client_name") name = value;
    if (key == "_client_version") version = value;
  }
  std::string software(name);
  if (!name.empty() && !version.empty()) software += ' ';
  return software.append(version);
}

std::optional<Login> parse_login(std::span<const std::uint8_t> body) {
  ByteReader reader(body);
  Login login;
  std::uint32_t capabilities = reader.little16();
  if (capabilities & kProtocol41) {
    capabilities |= static_cast<std::uint32_t>(reader.little16()) << 16;
    reader.take(5);  // longest packet, character set
    // MariaDB has further capabilities in the filler's last four bytes.
    const auto filler = reader.take(kFillerBytes).first(reader.failed() ? 0 : kFillerBytes - 4);
    if (reader.failed() || std::ranges::any_of(filler, [](std::uint8_t byte) { return byte != 0; }))
      return {};
    login.ssl_request = (capabilities & kSsl) && body.size() == kSslRequestBytes;
  } else {
    reader.take(3);
    login.ssl_request = (capabilities & kSsl) && reader.empty() && !reader.failed();
  }
  if (login.ssl_request) return login;
  const std::string_view user = take_c_string(reader);
  if (reader.failed() || !Lines::is_text(user)) return {};
  login.user = user;
  if (!(capabilities & kProtocol41)) return login;
  skip_auth_response(reader, capabilities);
  if (capabilities & kConnectWithDatabase) login.database = take_c_string(reader);
  if (capabilities & kPluginAuth) login.auth_plugin = take_c_string(reader);
  if (capabilities & kConnectAttributes) login.client_software = software_of_attributes(reader);
  return login;
}

// How a log-in ended, by the server's packets behind its greeting.
struct Ending {
  Logins logins;
  std::string error;     // the number of what it was refused by
  std::size_t need = 0;  // bytes of the server's at which it is told; 0 = it is, or never will be
};

// Of an ERR packet's body: number, "#" and SQLSTATE (protocol 4.1), words. Class 28 is an invalid
// authorization: ER_ACCESS_DENIED_ERROR and what plugins refuse by. An account or a database that the right
// password doesn't open has another.
void read_error(ByteReader body, Ending& ending) {
  constexpr std::uint16_t kAccessDenied = 1045;
  const std::uint16_t number = body.little16();
  const std::string_view words = text_of(body.take(body.left()));
  ending.error = std::to_string(number);
  if (number == kAccessDenied || words.starts_with("#28")) ending.logins.take(false);
}

// Up to OK or ERR; before these a server may ask for another method or for more of it.
Ending read_ending(std::span<const std::uint8_t> bytes, std::size_t used, bool ended) {
  constexpr int kMostPackets = 16;
  enum Head : std::uint8_t { kOk = 0, kMoreData = 1, kNextFactor = 2, kSwitch = 0xfe, kError = 0xff };
  Ending ending;
  std::uint8_t before = 1;  // the log-in's own number, or a later packet's
  for (int i = 0; i < kMostPackets; i++) {
    const auto rest = bytes.subspan(std::min(used, bytes.size()));
    if (rest.size() < kHeaderBytes) {
      ending.need = ended ? 0 : used + kHeaderBytes;
      return ending;
    }
    const Packet packet = read_packet(rest, rest[3], kLongestLogin);
    if (packet.state == Packet::State::kNone || rest[3] <= before) return ending;
    if (packet.state == Packet::State::kMore) {
      ending.need = ended ? 0 : used + packet.need;
      return ending;
    }
    ByteReader body(packet.body);
    switch (body.u8()) {
      case kOk:
        ending.logins.take(true);
        return ending;
      case kError:
        read_error(body, ending);
        return ending;
      case kMoreData:
      case kNextFactor:
      case kSwitch:
        before = rest[3];
        used += packet.size();
        break;
      default:
        return ending;
    }
  }
  return ending;
}

}  // namespace

Answer decode_mysql(const Heads& heads, Handshakes& handshakes) {
  // The server's packet is the first of the dialogue, the client's the second.
  const auto numbered = [&](std::size_t i, std::uint8_t sequence) {
    return heads.bytes[i].size() >= kHeaderBytes && heads.bytes[i][3] == sequence;
  };
  const std::size_t server = numbered(0, 0) || numbered(1, 1) ? 0 : 1;
  const std::size_t client = 1 - server;
  const Packet greeted = read_packet(heads.bytes[server], 0, kLongestGreeting);
  const Packet logged_in = read_packet(heads.bytes[client], 1, kLongestLogin);
  const auto foreign = [&](std::size_t i, const Packet& packet) {
    return packet.state == Packet::State::kNone && !heads.bytes[i].empty();
  };
  if (foreign(server, greeted) || foreign(client, logged_in)) return {.verdict = Verdict::kNotMine};
  const auto waits = [&](std::size_t i, const Packet& packet) {
    return packet.state == Packet::State::kMore && !heads.ended[i];
  };

  Answer answer;
  if (waits(server, greeted)) {
    answer.need[server] = greeted.need;
    return answer;
  }
  const auto greeting = parse_greeting(greeted.body);
  if (!greeting && !greeted.body.empty()) return {.verdict = Verdict::kNotMine};
  const bool refused = greeting && !greeting->error.empty();
  if (waits(client, logged_in) && (!refused || heads.bytes[client].size() < kHeaderBytes)) {
    answer.verdict = greeting ? Verdict::kMine : Verdict::kUndecided;
    answer.need[client] =
        refused ? kHeaderBytes : logged_in.need;  // or its end: a refused client says nothing
    return answer;
  }
  const auto login = refused ? std::nullopt : parse_login(logged_in.body);
  if (!greeting && !login) return {.verdict = Verdict::kNotMine};
  if (!greeting && (login->ssl_request || login->user.empty())) return {.verdict = Verdict::kNotMine};
  Ending ending;
  if (greeting && login && !login->ssl_request)
    ending = read_ending(heads.bytes[server], greeted.size(), heads.ended[server]);
  if (ending.need != 0) {
    answer.verdict = Verdict::kMine;
    answer.need[server] = ending.need;
    return answer;
  }

  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "mysql";
  if (greeting) handshake.app_version = greeting->protocol;
  if (greeting) handshake.add_known("server_software", greeting->version);
  if (greeting) handshake.add_known("error", greeting->error.empty() ? ending.error : greeting->error);
  if (login) {
    handshake.add_known("starttls", login->ssl_request ? "accepted" : "");
    handshake.add_known("user", login->user);
    handshake.add_known("database", login->database);
    handshake.add_known("auth_plugin", login->auth_plugin);
    handshake.add_known("client_software", login->client_software);
  }
  ending.logins.tell(handshake);
  answer.verdict = Verdict::kDone;
  if (login && login->ssl_request) {
    answer.next = Next::kAny;
    answer.used[client] = logged_in.size();
    answer.used[server] = greeted.size();
  }
  return answer;
}

}  // namespace vedette
