#include "decode/syslog.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "decode/datagrams.h"
#include "decode/ports.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::uint16_t kPort = 514;
constexpr unsigned kMostPriority = 191;  // 23 * 8 + 7

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> kSeverities = {"emerg",   "alert",  "crit", "err",
                                                         "warning", "notice", "info", "debug"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

// "Mmm dd hh:mm:ss " (RFC 3164 §4.1.2), taken off.
bool take_old_date(std::string_view& text) {
  constexpr std::size_t kBytes = 16;
  if (text.size() < kBytes || std::ranges::find(kMonths, text.substr(0, 3)) == kMonths.end()) return false;
  if (text[3] != ' ' || text[6] != ' ' || text[9] != ':' || text[12] != ':' || text[15] != ' ') return false;
  if (!is_digit(text[5]) || !is_digit(text[7]) || !is_digit(text[10]) || !is_digit(text[13])) return false;
  text.remove_prefix(kBytes);
  return true;
}

// "1 2003-10-11T22:14:15.003Z host app " or with "-" for what is not known (RFC 5424 §6.2), as far as the
// date.
bool take_new_date(std::string_view& text) {
  if (!text.starts_with("1 ")) return false;
  std::string_view rest = text.substr(2);
  const std::string_view date = take_until(rest, ' ');
  constexpr std::size_t kLeast = 20;
  if (date != "-" &&
      (date.size() < kLeast || date[4] != '-' || date[7] != '-' || date[10] != 'T' || date[13] != ':'))
    return false;
  text = rest;
  return true;
}

struct Message {
  unsigned priority = 0;
  std::string_view version, hostname, app_name;
};

void read_new(std::string_view rest, Message& message) {
  message.hostname = take_until(rest, ' ');
  message.app_name = take_until(rest, ' ');
  if (message.hostname == "-") message.hostname = {};
  if (message.app_name == "-") message.app_name = {};
}

// A name, then a tag that ends with what isn't a letter or digit; many leave out the name (RFC 3164 §5.2).
void read_old(std::string_view rest, Message& message) {
  const std::string_view first = take_until(rest, ' ');
  if (first.ends_with(':') || first.contains('[')) {
    message.app_name = first.substr(0, first.find_first_of("[:"));
    return;
  }
  message.hostname = first;
  const std::string_view tag = rest.substr(0, rest.find(' '));
  if (const std::size_t end = tag.find_first_of("[:"); end != std::string_view::npos)
    message.app_name = tag.substr(0, end);
}

std::optional<Message> read_message(std::string_view text, bool at_home) {
  if (!text.starts_with('<')) return {};
  const std::size_t close = text.find('>');
  if (close == std::string_view::npos || close < 2 || close > 4) return {};
  Message message;
  const auto parsed = std::from_chars(text.data() + 1, text.data() + close, message.priority);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + close || message.priority > kMostPriority)
    return {};
  text.remove_prefix(close + 1);
  if (take_new_date(text)) {
    message.version = "rfc5424";
    read_new(text, message);
    return message;
  }
  message.version = "rfc3164";
  if (take_old_date(text))
    read_old(text, message);
  else if (!at_home)
    return {};
  return message;
}

}  // namespace

Answer decode_syslog(const Heads& heads, Handshakes& handshakes) {
  const auto datagrams = datagrams_of(heads);
  if (datagrams.empty()) {
    const bool ended = heads.ended[0] && heads.ended[1];
    return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = {1, 1}};
  }
  const auto message = read_message(text_of(datagrams.front().bytes), uses_port(heads, kPort));
  if (!message) return {.verdict = Verdict::kNotMine};
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "syslog";
  handshake.app_version = message->version;
  handshake.add("facility", std::string(kFacilities[message->priority / 8]));
  handshake.add("severity", std::string(kSeverities[message->priority % 8]));
  handshake.add_known("hostname", message->hostname);
  handshake.add_known("app_name", message->app_name);
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
