#include "decode/telnet.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/lines.h"
#include "decode/telnet_logins.h"

namespace vedette {

namespace {

enum : std::uint8_t { kSe = 240, kNop = 241, kSb = 250, kWill = 251, kDont = 254, kIac = 255 };
constexpr std::uint8_t kTerminalType = 24;
constexpr std::uint8_t kIs = 0;
constexpr std::uint16_t kPort = 23;
constexpr std::size_t kMostOptions = 32;
constexpr std::size_t kLongestPreface = 2048;  // text before the first command
constexpr std::size_t kLongestSuboption = 512;
constexpr int kEnough = 2;  // commands of both sides: one alone could stand in any bytes

// IANA "Telnet Options".
constexpr std::string_view kOptionNames[] = {"BINARY",
                                             "ECHO",
                                             "RECONNECTION",
                                             "SUPPRESS GO AHEAD",
                                             "APPROX MESSAGE SIZE",
                                             "STATUS",
                                             "TIMING MARK",
                                             "RCTE",
                                             "OUTPUT LINE WIDTH",
                                             "OUTPUT PAGE SIZE",
                                             "NAOCRD",
                                             "NAOHTS",
                                             "NAOHTD",
                                             "NAOFFD",
                                             "NAOVTS",
                                             "NAOVTD",
                                             "NAOLFD",
                                             "EXTENDED ASCII",
                                             "LOGOUT",
                                             "BYTE MACRO",
                                             "DATA ENTRY TERMINAL",
                                             "SUPDUP",
                                             "SUPDUP OUTPUT",
                                             "SEND LOCATION",
                                             "TERMINAL TYPE",
                                             "END OF RECORD",
                                             "TACACS USER",
                                             "OUTPUT MARKING",
                                             "TERMINAL LOCATION",
                                             "3270 REGIME",
                                             "X.3 PAD",
                                             "WINDOW SIZE",
                                             "TERMINAL SPEED",
                                             "REMOTE FLOW CONTROL",
                                             "LINEMODE",
                                             "X DISPLAY LOCATION",
                                             "ENVIRONMENT",
                                             "AUTHENTICATION",
                                             "ENCRYPT",
                                             "NEW ENVIRONMENT",
                                             "TN3270E",
                                             "XAUTH",
                                             "CHARSET",
                                             "RSP",
                                             "COM PORT CONTROL",
                                             "SUPPRESS LOCAL ECHO",
                                             "START TLS",
                                             "KERMIT",
                                             "SEND URL",
                                             "FORWARD X"};

bool is_option(std::uint8_t option) {
  // MUD options (MSSP, MCCP, MXP …) and EXTENDED OPTIONS LIST beside IANA's.
  return option < std::size(kOptionNames) || (option >= 69 && option <= 93) ||
         (option >= 138 && option <= 140) || option == 200 || option == 201 || option == kIac;
}

std::string option_name(std::uint8_t verb, std::uint8_t option) {
  constexpr std::string_view kVerbs[] = {"WILL", "WONT", "DO", "DONT"};
  std::string name(kVerbs[verb - kWill]);
  name += ' ';
  return option < std::size(kOptionNames) ? name.append(kOptionNames[option]) : name + std::to_string(option);
}

// What one direction negotiates before its text.
struct Side {
  enum class State : std::uint8_t { kMore, kForeign, kEnd };
  State state = State::kMore;
  std::vector<std::string> options;
  std::optional<std::string> terminal_type;
  int commands = 0;
  bool does = false;  // asks the other one for what a server asks: its terminal
  bool will = false;
};

// Behind IAC SB: the suboption's length with its IAC SE; 0 where its end isn't there.
std::size_t suboption_size(std::string_view text) {
  const std::size_t end = text.substr(0, kLongestSuboption).find("\xff\xf0");
  return end == std::string_view::npos ? 0 : end + 2;
}

void read_negotiation(std::uint8_t verb, std::uint8_t option, Side& side) {
  side.commands++;
  if (side.options.size() < kMostOptions) side.options.push_back(option_name(verb, option));
  if (option != kTerminalType) return;
  side.does = side.does || verb == 253;
  side.will = side.will || verb == kWill;
}

void read_suboption(std::string_view body, Side& side) {
  side.commands++;
  if (body.size() >= 4 && static_cast<std::uint8_t>(body[0]) == kTerminalType && body[1] == kIs)
    side.terminal_type = body.substr(2, body.size() - 4);
}

Side read_side(std::span<const std::uint8_t> head) {
  Side side;
  std::string_view text = text_of(head);
  const std::size_t begin = text.find('\xff');
  const std::string_view preface = text.substr(0, begin);
  if (preface.size() > kLongestPreface || !Lines::is_text(preface)) side.state = Side::State::kForeign;
  if (begin == std::string_view::npos || side.state == Side::State::kForeign) return side;
  text.remove_prefix(begin);
  while (!text.empty()) {
    if (static_cast<std::uint8_t>(text[0]) != kIac) {
      side.state = Side::State::kEnd;
      return side;
    }
    if (text.size() < 3) {
      const bool command = text.size() < 2 || static_cast<std::uint8_t>(text[1]) >= kSe;
      if (!command) side.state = side.commands > 0 ? Side::State::kEnd : Side::State::kForeign;
      return side;
    }
    const auto verb = static_cast<std::uint8_t>(text[1]), option = static_cast<std::uint8_t>(text[2]);
    if (verb >= kWill && verb <= kDont && is_option(option)) {
      read_negotiation(verb, option, side);
      text.remove_prefix(3);
    } else if (verb == kSb && is_option(option)) {
      const std::size_t size = suboption_size(text.substr(2));
      if (size == 0) {
        if (text.size() > kLongestSuboption) side.state = Side::State::kEnd;
        return side;
      }
      read_suboption(text.substr(2, size), side);
      text.remove_prefix(2 + size);
    } else if (verb >= kNop && verb < kSb) {
      text.remove_prefix(2);
    } else {
      side.state = side.commands > 0 ? Side::State::kEnd : Side::State::kForeign;
      return side;
    }
  }
  return side;
}

// Who asks for a terminal's type serves it; else the port tells, or the initiator is the client.
std::size_t client_of(const std::array<Side, 2>& sides, const Heads& heads) {
  for (std::size_t i = 0; i < 2; i++) {
    if (sides[i].terminal_type || (sides[i].will && !sides[i].does)) return i;
    if (sides[i].does && !sides[i].will) return 1 - i;
  }
  return heads.ports[0] == kPort && heads.ports[1] != kPort ? 1 : 0;
}

}  // namespace

Answer decode_telnet(const Heads& heads, Handshakes& handshakes) {
  std::array sides = {read_side(heads.bytes[0]), read_side(heads.bytes[1])};
  const auto begins_with_text = [&](std::size_t i) {
    return !heads.bytes[i].empty() && heads.bytes[i].front() != kIac;
  };
  if (begins_with_text(0) && begins_with_text(1))
    return {.verdict = Verdict::kNotMine};  // who negotiates begins
  Answer answer;
  bool open = false;
  for (std::size_t i = 0; i < 2; i++) {
    if (sides[i].state == Side::State::kForeign) return {.verdict = Verdict::kNotMine};
    if (sides[i].state != Side::State::kMore || heads.ended[i]) continue;
    open = true;
    answer.need[i] = heads.bytes[i].size() + 1;
  }
  if (sides[0].commands + sides[1].commands < kEnough) {
    if (!open) answer.verdict = Verdict::kNotMine;
    return answer;
  }
  answer.verdict = open ? Verdict::kMine : Verdict::kDone;
  if (open) return answer;
  const std::size_t client = client_of(sides, heads), server = 1 - client;
  const TelnetLogins logins = read_telnet_logins(heads.bytes[server], heads.ended[server]);
  if (logins.need != 0) {
    answer.verdict = Verdict::kMine;
    answer.need[server] = logins.need;
    return answer;
  }
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "telnet";
  handshake.add_known("client_options", sides[client].options);
  if (!sides[server].options.empty()) handshake.add("server_options", std::move(sides[server].options));
  if (sides[client].terminal_type) handshake.add("terminal_type", *sides[client].terminal_type);
  logins.logins.tell(handshake);
  return answer;
}

}  // namespace vedette
