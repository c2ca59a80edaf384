#include "decode/redis.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/dialogue.h"
#include "decode/redis_logins.h"
#include "decode/text.h"
#include "decode/text_message.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t kPort = 6379;                      // IANA
constexpr std::size_t kLongestName = 32;                   // of a command
constexpr std::size_t kLongestLine = 64;                   // before which a length has ended
constexpr std::size_t kMostReply = std::size_t{8} * 1024;  // bytes of a reply that are waited for

struct Client {
  SideView view;
  std::string command;
  bool inline_form = false;  // a line of words: sure only by its reply
};

struct Server {
  SideView view;
  bool resp3 = false;
  std::string software;
};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
  });
}

enum class Line : std::uint8_t { kMore, kForeign, kNumber };

// "*3\r\n": takes the line off `text` and gives the number behind `sign`.
Line take_number(std::string_view& text, char sign, std::size_t& number) {
  if (!text.empty() && text.front() != sign) return Line::kForeign;
  const std::size_t known = std::min(text.substr(0, kLongestLine + 1).find('\r'), text.size());
  const bool digits = text.empty() || std::ranges::all_of(text.substr(1, known - 1),
                                                          [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || known > kLongestLine || (known + 1 < text.size() && text[known + 1] != '\n'))
    return Line::kForeign;
  if (known + 1 >= text.size()) return Line::kMore;
  if (std::from_chars(text.data() + 1, text.data() + known, number).ec != std::errc{}) return Line::kForeign;
  text.remove_prefix(known + 2);
  return Line::kNumber;
}

// An array of bulk strings, whose first is the command's name.
void read_array(std::string_view text, Client& client) {
  constexpr std::size_t kMostArguments = 1 << 20;
  std::size_t count = 0, length = 0;
  Line line = take_number(text, '*', count);
  if (line == Line::kNumber && (count == 0 || count > kMostArguments)) line = Line::kForeign;
  if (line == Line::kNumber) line = take_number(text, '$', length);
  if (line == Line::kForeign || length > kLongestName) {
    client.view.said = Said::kForeign;
    return;
  }
  if (line == Line::kMore) return;
  const std::string_view name = text.substr(0, length);
  if (!name.empty() && !is_name(name)) client.view.said = Said::kForeign;
  if (name.empty() && length == 0) client.view.said = Said::kForeign;
  if (client.view.said == Said::kForeign || text.size() < length + 2) return;
  client.view.said = text.substr(length, 2) == "\r\n" ? Said::kAll : Said::kForeign;
  client.command = upper_case(name);
}

// A line of words, as people and scanners type it. AUTH is POP3's and SMTP's too, which answer it alike: it
// is taken at Redis' own port alone.
void read_inline(std::string_view text, bool at_port, Client& client) {
  static constexpr std::string_view kCommands[] = {
      "PING",    "INFO",      "COMMAND",  "CONFIG",  "CLIENT", "KEYS",    "DBSIZE",
      "SLAVEOF", "REPLICAOF", "FLUSHALL", "FLUSHDB", "BGSAVE", "CLUSTER", "MODULE",
      "SELECT",  "SET",       "DEL",      "EXISTS",  "INCR",   "PUBLISH", "SUBSCRIBE"};
  static constexpr std::string_view kShared[] = {"AUTH"};
  const FirstWord first(text);
  const bool shared = may_begin_with(text, kShared) && (at_port || !first.ended);
  const bool may_be = shared || may_begin_with(text, kCommands);
  if (!may_be) client.view.said = Said::kForeign;
  if (!may_be || !first.ended || text.find('\n') == std::string_view::npos) return;
  client.command = upper_case(first.said);
  client.inline_form = true;
}

Client read_client(Bytes bytes, bool at_port) {
  Client client;
  client.view.need = bytes.size() + 1;
  const std::string_view text = text_of(bytes);
  if (text.starts_with('*'))
    read_array(text, client);
  else if (!text.empty())
    read_inline(text, at_port, client);
  return client;
}

// The strings of a reply, one after another: bulk, simple, numbers; aggregates are passed into.
std::vector<std::string_view> strings_of(std::string_view text) {
  constexpr std::size_t kMostStrings = 32;
  std::vector<std::string_view> strings;
  while (strings.size() < kMostStrings) {
    const auto line = take_line(text);
    if (!line || line->empty()) break;
    const std::string_view value = line->substr(1);
    if (line->front() == '*' || line->front() == '%' || line->front() == '~') continue;
    if (line->front() != '$') {
      strings.push_back(value);
      continue;
    }
    std::size_t length = 0;
    std::from_chars(value.data(), value.data() + value.size(), length);
    if (length >= text.size()) break;
    strings.push_back(text.substr(0, length));
    text.remove_prefix(std::min(length + 2, text.size()));
  }
  return strings;
}

// HELLO's reply has "server" and "version", each with its value behind it.
std::string hello_software(std::string_view reply) {
  const auto strings = strings_of(reply);
  const auto behind = [&](std::string_view name) -> std::string_view {
    const auto found = std::ranges::find(strings, name);
    return found == strings.end() || found + 1 == strings.end() ? std::string_view{} : *(found + 1);
  };
  const std::string_view version = behind("version");
  return version.empty() ? std::string() : std::string(behind("server")).append(" ").append(version);
}

// INFO's has "redis_version:7.2.4".
std::string info_software(std::string_view reply) {
  constexpr std::string_view kName = "redis_version:";
  const std::size_t begin = reply.find(kName);
  if (begin == std::string_view::npos) return {};
  reply.remove_prefix(begin + kName.size());
  const std::size_t end = reply.find('\r');
  return end == std::string_view::npos ? std::string() : "redis " + std::string(reply.substr(0, end));
}

// The reply's first line, with its type.
bool is_reply(std::string_view line) {
  constexpr std::string_view kCounted = "$*:%~";
  if (line.size() < 2) return false;
  if (kCounted.find(line.front()) == std::string_view::npos)
    return line.front() == '+' || line.front() == '-';
  return std::ranges::all_of(line.substr(1), [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
}

// By itself a reply proves nothing.
Server read_server(Bytes bytes, const Client& client) {
  constexpr std::string_view kTypes = "+-$*:%~_#,(!=>";
  Server server;
  server.view.need = bytes.size() + 1;
  std::string_view text = text_of(bytes);
  const std::string_view reply = text;
  if (!text.empty() && kTypes.find(text.front()) == std::string_view::npos) {
    server.view.said = Said::kForeign;
    return server;
  }
  const auto line = take_line(text);
  if (!line || client.command.empty()) return server;
  server.resp3 = line->front() == '%';
  if (!client.view.sure()) {
    server.view.said = is_reply(*line) ? Said::kAll : Said::kForeign;
    if (server.view.said == Said::kForeign) return server;
  } else {
    server.view.said = Said::kAll;
  }
  const bool error = line->starts_with('-');
  if (client.command == "HELLO") server.software = hello_software(reply);
  if (client.command == "INFO") server.software = info_software(reply);
  const bool tells = client.command == "HELLO" || client.command == "INFO";
  if (tells && !error && server.software.empty() && bytes.size() < kMostReply)
    server.view.said = Said::kPartly;
  return server;
}

}  // namespace

Answer decode_redis(const Heads& heads, Handshakes& handshakes) {
  const std::array clients = {read_client(heads.bytes[0], heads.ports[1] == kPort),
                              read_client(heads.bytes[1], heads.ports[0] == kPort)};
  const std::size_t from =
      clients[0].command.empty() && (!clients[1].command.empty() || clients[0].view.said == Said::kForeign)
          ? 1
          : 0;
  Client client = clients[from];
  const Server server = read_server(heads.bytes[1 - from], client);
  if (client.inline_form && server.view.said != Said::kNothing)
    client.view.said = server.view.sure() ? Said::kAll : Said::kForeign;
  std::array<SideView, 2> sides;
  sides[from] = client.view;
  sides[1 - from] = server.view;
  Answer answer = settle(heads, sides);
  if (answer.verdict != Verdict::kDone) return answer;
  const RedisLogins began = read_redis_logins(text_of(heads.bytes[from]), text_of(heads.bytes[1 - from]));
  answer.need[from] = heads.ended[from] ? 0 : began.need[0];
  answer.need[1 - from] = heads.ended[1 - from] ? 0 : began.need[1];
  if (answer.need[0] != 0 || answer.need[1] != 0) {
    answer.verdict = Verdict::kMine;
    return answer;
  }
  Handshake handshake;
  handshake.app = "redis";
  if (server.view.sure()) handshake.app_version = server.resp3 ? "RESP3" : "RESP2";
  handshake.add_known("command", client.command);
  handshake.add_known("server_software", server.software);
  began.logins.tell(handshake);
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
