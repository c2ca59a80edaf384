#include "export/syslog_message.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/host_name.h"
#include "base/json_writer.h"
#include "base/utf8.h"
#include "detect/finding_json.h"

namespace vedette {

namespace {

constexpr int kAuthPrivate = 10;  // facility: security messages that not everybody may read
constexpr std::size_t kLongestHost = 255;

int priority(Severity severity) {
  // By Severity: informational, notice, warning, error, critical.
  constexpr std::array kOf{6, 5, 4, 3, 2};
  return kAuthPrivate * 8 + kOf.at(static_cast<std::size_t>(severity));
}

std::string body(const Finding& finding) {
  fmt::memory_buffer text;
  JsonWriter json(text);
  write_finding(json, finding);
  // The cookie by which rsyslog and others know JSON.
  return "@cee: " + ascii_json({text.data(), text.size()});
}

std::tm broken_down(Nanoseconds time, bool local) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).count();
  std::tm parts{};
  if (local)
    localtime_r(&seconds, &parts);
  else
    gmtime_r(&seconds, &parts);
  return parts;
}

std::string in_utc(Nanoseconds time) {
  std::array<char, 32> text{};
  const std::tm parts = broken_down(time, false);
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const auto rest = time - std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{}.{:06}Z", std::string_view(text.data(), size),
                     std::chrono::floor<std::chrono::microseconds>(rest).count());
}

// Of one sequence of two bytes or more, which is right.
std::uint32_t code_point(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  std::uint32_t code = lead & (0xffU >> (sequence.size() + 1));
  for (const char letter : sequence.substr(1))
    code = code << 6 | (static_cast<unsigned char>(letter) & 0x3fU);
  return code;
}

}  // namespace

SyslogSender this_sender() {
  SyslogSender sender{.host = "-", .pid = getpid()};
  const std::string host = host_name().substr(0, kLongestHost);
  const auto printable = [](char letter) { return letter > ' ' && letter <= '~'; };
  if (!host.empty() && std::ranges::all_of(host, printable)) sender.host = host;
  return sender;
}

std::string ascii_json(std::string_view json) {
  std::string ascii;
  ascii.reserve(json.size());
  while (!json.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8_length(json), 1);
    if (length == 1) {
      ascii.push_back(json[0]);
    } else if (const std::uint32_t code = code_point(json.substr(0, length)); code < 0x10000) {
      ascii += fmt::format("\\u{:04x}", code);
    } else {
      // RFC 8259 §7: a pair of surrogates.
      ascii += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + ((code - 0x10000) >> 10),
                           0xdc00 + ((code - 0x10000) & 0x3ff));
    }
    json.remove_prefix(length);
  }
  return ascii;
}

std::string syslog_message(const Finding& finding, const SyslogSender& sender) {
  return fmt::format("<{}>1 {} {} vedetted {} {} - {}", priority(finding.severity), in_utc(finding.detected),
                     sender.host, sender.pid, finding_kind_name(finding.kind), body(finding));
}

std::string local_syslog_message(const Finding& finding, const SyslogSender& sender) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm at = broken_down(finding.detected, true);
  return fmt::format("<{}>{} {:2} {:02}:{:02}:{:02} vedetted[{}]: {}", priority(finding.severity),
                     kMonths.at(static_cast<std::size_t>(at.tm_mon)), at.tm_mday, at.tm_hour, at.tm_min,
                     at.tm_sec, sender.pid, body(finding));
}

}  // namespace vedette
