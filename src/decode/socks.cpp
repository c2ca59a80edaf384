#include "decode/socks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "decode/byte_reader.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::uint16_t kSocksPort = 1080;  // IANA

enum Command : std::uint8_t { kConnect = 1, kBind = 2, kUdpAssociate = 3 };
enum Method : std::uint8_t { kNone = 0, kGssapi = 1, kUserName = 2, kRefused = 0xff };

// One reading of the flow, with one side taken for the client's.
struct Reading {
  enum class State : std::uint8_t {
    kForeign,
    kUndecided,
    kSure,     // more is to come
    kGranted,  // from here on the bytes are others'
    kOver,     // nothing more will be told
  };
  State state = State::kForeign;
  std::array<std::size_t, 2> need{};  // of the client, of the server
  std::array<std::size_t, 2> used{};
  bool answered = false;  // the server's reply to the request was read
  Handshake told;
};

// A direction's bytes, and how many of them more would be of use.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> head) : head_(head) {}

  // The next `count` bytes; none, and a note of what is missing, where they aren't all there.
  std::optional<std::span<const std::uint8_t>> take(std::size_t count) {
    if (count > head_.size() - at_) {
      need_ = at_ + count;
      return {};
    }
    at_ += count;
    return head_.subspan(at_ - count, count);
  }
  // Bytes up to the next zero, which is taken too; `longest` of them at most, else they read as none for
  // ever.
  std::optional<std::string_view> take_text(std::size_t longest) {
    const std::string_view rest = text_of(head_.subspan(at_));
    const std::size_t end = rest.substr(0, longest + 1).find('\0');
    if (end == std::string_view::npos) {
      need_ = rest.size() > longest ? 0 : head_.size() + 1;
      return {};
    }
    at_ += end + 1;
    return rest.substr(0, end);
  }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return head_.subspan(at_); }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t need() const { return need_; }

 private:
  std::span<const std::uint8_t> head_;
  std::size_t at_ = 0, need_ = 0;
};

std::string address_of(std::span<const std::uint8_t> bytes) {
  vdt_address address{};
  std::ranges::copy(bytes, address.bytes);
  return address_text(address, bytes.size() == 4 ? 4 : 6);
}

std::string command_name(std::uint8_t command) {
  if (command == kConnect) return "connect";
  return command == kBind ? "bind" : "udp_associate";
}

std::string method_name(std::uint8_t method) {
  switch (method) {
    case kNone:
      return "none";
    case kGssapi:
      return "gssapi";
    case kUserName:
      return "username";
    case kRefused:
      return "refused";
    default:
      return fmt::format("0x{:02x}", method);
  }
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char one) {
    return (one >= '0' && one <= '9') || (one >= 'A' && one <= 'Z') || (one >= 'a' && one <= 'z') ||
           one == '-' || one == '.' || one == '_' || one == ':';
  });
}

// IANA, "SOCKS Methods": 10 to 127 are nobody's, from 128 on they are private.
bool is_method(std::uint8_t method) {
  constexpr std::uint8_t kLastAssigned = 9, kFirstPrivate = 128;
  return method <= kLastAssigned || method >= kFirstPrivate;
}

// What both directions say, from the client's first byte on; each step notes what it waits for.
class Conversation {
 public:
  Conversation(std::span<const std::uint8_t> client, std::span<const std::uint8_t> server)
      : client_(client), server_(server) {}

  Reading read(bool at_port) {
    reading_.told.app = "socks";
    const auto version = client_.take(1);
    if (!version) return wait(Reading::State::kUndecided);
    if ((*version)[0] == 4)
      read4(at_port);
    else if ((*version)[0] == 5)
      read5(at_port);
    return reading_;
  }

 private:
  using State = Reading::State;

  Reading wait(State state) {
    reading_.state = state;
    reading_.need = {client_.need(), server_.need()};
    return reading_;
  }
  void end(State state) {
    reading_.state = state;
    reading_.used = {client_.at(), server_.at()};
  }
  void add_target(std::uint8_t command, std::string host, std::uint16_t port) {
    reading_.told.add("command", command_name(command));
    reading_.told.add("requested_host", std::move(host));
    reading_.told.add("requested_port", static_cast<std::int64_t>(port));
  }

  void read4(bool at_port);
  void read5(bool at_port);
  // RFC 1929; false where the conversation stops here, the state being set.
  bool read_user_name();
  void read_request5();

  Reader client_, server_;
  Reading reading_;
};

void Conversation::read4(bool at_port) {
  constexpr std::size_t kLongestName = 255, kReply = 8;
  constexpr std::uint8_t kGranted = 0x5a, kLastCode = 0x5d;
  const auto bytes = client_.take(7);
  if (!bytes) {
    const auto rest = client_.rest();
    const bool foreign = !rest.empty() && rest[0] != kConnect && rest[0] != kBind;
    wait(foreign ? State::kForeign : State::kUndecided);
    return;
  }
  ByteReader fields(*bytes);
  const std::uint8_t command = fields.u8();
  const std::uint16_t port = fields.u16();
  const auto address = fields.take(4);
  if ((command != kConnect && command != kBind) || (command == kConnect && port == 0)) return;
  const auto user = client_.take_text(kLongestName);
  if (!user || !is_printable(*user)) {
    if (!user && client_.need() != 0 && is_printable(text_of(client_.rest()))) wait(State::kUndecided);
    return;
  }
  const bool named = address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
  std::string host = address_of(address);
  if (named) {
    const auto name = client_.take_text(kLongestName);
    if (!name || !is_name(*name)) {
      if (!name && client_.need() != 0) wait(State::kUndecided);
      return;
    }
    host = *name;
  }
  reading_.told.app_version = named ? "4a" : "4";
  add_target(command, std::move(host), port);
  if (!user->empty()) reading_.told.add("user", std::string(*user));
  const auto reply = server_.take(kReply);
  const auto known = reply ? *reply : server_.rest();
  if ((!known.empty() && known[0] != 0) ||
      (known.size() > 1 && (known[1] < kGranted || known[1] > kLastCode)))
    return;
  if (!reply) {
    wait(named || at_port ? State::kSure : State::kUndecided);
    return;
  }
  reading_.told.add("reply_code", static_cast<std::int64_t>((*reply)[1]));
  end((*reply)[1] == kGranted && command == kConnect ? State::kGranted : State::kOver);
}

void Conversation::read5(bool at_port) {
  const auto count = client_.take(1);
  if (!count) {
    wait(State::kUndecided);
    return;
  }
  if ((*count)[0] == 0) return;
  const auto methods = client_.take((*count)[0]);
  if (!methods) {
    wait(State::kUndecided);
    return;
  }
  if (!std::ranges::all_of(*methods, is_method)) return;
  const auto choice = server_.take(2);
  if (!server_.rest().empty() && !choice && server_.rest()[0] != 5) return;
  reading_.told.app_version = "5";
  std::vector<std::string> names;
  for (const std::uint8_t method : *methods) names.push_back(method_name(method));
  reading_.told.add("methods", std::move(names));
  if (!choice) {
    wait(at_port ? State::kSure : State::kUndecided);
    return;
  }
  const std::uint8_t method = (*choice)[1];
  if ((*choice)[0] != 5 || (method != kRefused && std::ranges::find(*methods, method) == methods->end()))
    return;
  reading_.told.add("chosen_method", method_name(method));
  if (method == kUserName && !read_user_name()) return;
  if (method != kUserName && method != kNone) return end(State::kOver);
  read_request5();
}

bool Conversation::read_user_name() {
  const auto header = client_.take(2);
  const auto user = header ? client_.take((*header)[1]) : std::nullopt;
  const auto length = user ? client_.take(1) : std::nullopt;
  const auto password = length ? client_.take((*length)[0]) : std::nullopt;
  if (header && (*header)[0] != 1) {
    end(State::kOver);
    return false;
  }
  if (!password) {
    wait(State::kSure);
    return false;
  }
  reading_.told.add("user", std::string(text_of(*user)));
  const auto status = server_.take(2);
  if (!status) {
    wait(State::kSure);
    return false;
  }
  if ((*status)[1] == 0) return true;
  end(State::kOver);
  return false;
}

// A request or a reply, which have one form (RFC 1928 §4 and §6).
struct Message5 {
  std::uint8_t code = 0;
  std::string host;
  std::uint16_t port = 0;
};

// None where it isn't all there, or isn't one: `damaged` then.
std::optional<Message5> take_message5(Reader& reader, bool& damaged) {
  enum Type : std::uint8_t { kIpv4 = 1, kName = 3, kIpv6 = 4 };
  const auto header = reader.take(4);
  if (!header) return {};
  const std::uint8_t type = (*header)[3];
  damaged = (*header)[0] != 5 || (type != kIpv4 && type != kName && type != kIpv6);
  if (damaged) return {};
  std::size_t size = type == kIpv4 ? 4 : 16;
  if (type == kName) {
    const auto length = reader.take(1);
    if (!length) return {};
    size = (*length)[0];
  }
  const auto rest = reader.take(size + 2);
  if (!rest) return {};
  const auto host = rest->first(size);
  return Message5{.code = (*header)[1],
                  .host = type == kName ? std::string(text_of(host)) : address_of(host),
                  .port = static_cast<std::uint16_t>((*rest)[size] << 8 | (*rest)[size + 1])};
}

void Conversation::read_request5() {
  bool damaged = false;
  const auto request = take_message5(client_, damaged);
  if (damaged) return end(State::kOver);
  if (!request) {
    wait(State::kSure);
    return;
  }
  if (request->code < kConnect || request->code > kUdpAssociate) return end(State::kOver);
  add_target(request->code, request->host, request->port);
  const auto reply = take_message5(server_, damaged);
  if (damaged) return end(State::kOver);
  if (!reply) {
    wait(State::kSure);
    return;
  }
  reading_.told.add("reply_code", static_cast<std::int64_t>(reply->code));
  reading_.answered = true;
  end(reply->code == 0 && request->code == kConnect ? State::kGranted : State::kOver);
}

// Whether a server of SOCKS may say so much before its client's next word.
bool may_answer(std::span<const std::uint8_t> head) {
  if (head.empty()) return true;
  if (head[0] == 5) return head.size() < 2 || (head.size() == 2 && is_method(head[1]));
  return head[0] == 0 && head.size() <= 8 && (head.size() < 2 || (head[1] >= 0x5a && head[1] <= 0x5d));
}

// A server behind NAT, which a client can't reach, connects to it and says who it is in bytes of its own, at
// most so many; then the client asks over this connection.
constexpr std::size_t kLongestIntroduction = 64;

// Whether a server of SOCKS 5 may introduce itself so. Text is left to the protocols of text, and what begins
// as SOCKS does to SOCKS.
bool may_introduce(std::span<const std::uint8_t> head) {
  constexpr std::size_t kTells = 8;
  const auto is_text = [](std::uint8_t byte) {
    return (byte >= ' ' && byte <= '~') || byte == '\r' || byte == '\n';
  };
  if (head.empty()) return true;
  if (head[0] == 0 || head[0] == 4 || head[0] == 5) return false;
  return head.size() < kTells || !std::ranges::all_of(head.first(kTells), is_text);
}

// Reads a conversation whose server introduced itself: told only where all of it was read, the reply
// included.
Reading read_introduced(std::span<const std::uint8_t> client, std::span<const std::uint8_t> server,
                        bool ended) {
  using State = Reading::State;
  Reading none;
  if (!may_introduce(server) || (!client.empty() && client[0] != 5)) return none;
  if (client.empty()) {
    if (server.size() <= kLongestIntroduction) none.state = State::kUndecided;
    none.need = {1, kLongestIntroduction + 1};
    return none;
  }
  const Reading asks = Conversation(client, {}).read(false);
  if (asks.state != State::kUndecided) return none;
  none.need = {asks.need[0], server.size() + 1};
  for (std::size_t at = 1; at + 1 < server.size() && at <= kLongestIntroduction; at++) {
    if (server[at] != 5 || !is_method(server[at + 1])) continue;
    Reading reading = Conversation(client, server.subspan(at)).read(false);
    if (reading.answered) {
      if (reading.state == State::kGranted) reading.used[1] += at;
      return reading;
    }
    if (ended || reading.state == State::kForeign || reading.state == State::kOver) continue;
    // Others are tried only where this one can't be it.
    none.state = State::kUndecided;
    none.need = {reading.need[0], reading.need[1] == 0 ? 0 : reading.need[1] + at};
    return none;
  }
  if (server.size() < kLongestIntroduction + 2) none.state = State::kUndecided;
  return none;
}

}  // namespace

Answer decode_socks(const Heads& heads, Handshakes& handshakes) {
  using State = Reading::State;
  std::array<Reading, 2> readings;  // with side i as the client
  for (std::size_t i = 0; i < 2; i++) {
    const auto& client = heads.bytes[i];
    const auto& server = heads.bytes[1 - i];
    readings[i] = Conversation(client, server).read(heads.ports[1 - i] == kSocksPort);
    if (readings[i].state == State::kForeign || (client.empty() && !may_answer(server)))
      readings[i] = read_introduced(client, server, heads.ended[0] && heads.ended[1]);
  }
  Answer answer;
  for (std::size_t client = 0; client < 2; client++) {
    Reading& reading = readings[client];
    if (reading.state < State::kSure) continue;
    const std::array<std::size_t, 2> side = {client, 1 - client};
    for (std::size_t i = 0; i < 2; i++)
      if (reading.state == State::kSure && !heads.ended[side[i]]) answer.need[side[i]] = reading.need[i];
    const bool waits = answer.need[0] != 0 || answer.need[1] != 0;
    answer.verdict = waits ? Verdict::kMine : Verdict::kDone;
    if (waits) return answer;
    handshakes.push_back(std::move(reading.told));
    if (reading.state != State::kGranted) return answer;
    answer.next = Next::kAny;
    for (std::size_t i = 0; i < 2; i++) answer.used[side[i]] = reading.used[i];
    return answer;
  }
  bool undecided = false;
  for (std::size_t client = 0; client < 2; client++) {
    if (readings[client].state != State::kUndecided) continue;
    const std::array<std::size_t, 2> side = {client, 1 - client};
    for (std::size_t i = 0; i < 2; i++) {
      const std::size_t need = readings[client].need[i];
      if (need == 0 || heads.ended[side[i]]) continue;
      undecided = undecided || i == 1 || !heads.bytes[client].empty() ||
                  may_answer(heads.bytes[1 - client]) || may_introduce(heads.bytes[1 - client]);
      std::size_t& least = answer.need[side[i]];
      least = least == 0 ? need : std::min(least, need);
    }
  }
  answer.verdict = undecided ? Verdict::kUndecided : Verdict::kNotMine;
  return answer;
}

}  // namespace vedette
