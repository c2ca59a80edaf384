#include "export/finding_target.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "base/url.h"

namespace vedette {

namespace {

constexpr std::string_view kForm =
    "expected syslog://HOST[:PORT], syslog+tcp://HOST[:PORT], syslog:, file:PATH, http://, https:// or "
    "kafka://HOST[:PORT]/TOPIC, with ,severity=SEVERITY behind it or not";
constexpr std::string_view kLocalLog = "/dev/log";
constexpr std::uint16_t kUdpPort = 514, kTcpPort = 601;  // RFC 5426, RFC 6587

// A host and perhaps a port behind "://"; false where the text is something else.
bool take_host(FindingTarget& target, std::string_view url) {
  target.host = host_of_url(url);
  if (target.host.empty()) return false;
  std::string_view rest = url.substr(url.find(target.host, url.find("://")) + target.host.size());
  if (rest.starts_with(']')) rest.remove_prefix(1);
  if (rest.empty()) return true;
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), target.port);
  return read.ec == std::errc() && read.ptr == rest.data() + rest.size() && target.port != 0;
}

bool take_place(FindingTarget& target, std::string_view text) {
  if (text.starts_with("syslog://") || text.starts_with("syslog+tcp://")) {
    const bool tcp = text.starts_with("syslog+");
    target.protocol = tcp ? FindingProtocol::kSyslogTcp : FindingProtocol::kSyslogUdp;
    target.port = tcp ? kTcpPort : kUdpPort;
    return take_host(target, text);
  }
  constexpr std::string_view kSyslog = "syslog:", kFile = "file:";
  if (text.starts_with(kSyslog)) {
    target.protocol = FindingProtocol::kSyslogLocal;
    target.place = text.size() == kSyslog.size() ? kLocalLog : text.substr(kSyslog.size());
    return target.place.starts_with('/');
  }
  if (text.starts_with(kFile)) {
    target.protocol = FindingProtocol::kFile;
    target.place = text.substr(kFile.size());
    if (target.place.starts_with("///")) target.place.erase(0, 2);  // RFC 8089: no host
    return target.place.starts_with('/') && !target.place.starts_with("//");
  }
  target.protocol = FindingProtocol::kHttp;
  target.place = text;
  return is_http_url(text) && !host_of_url(text).empty();
}

}  // namespace

std::string_view finding_protocol_name(FindingProtocol protocol) {
  constexpr std::array<std::string_view, 6> kNames{"syslog", "syslog+tcp", "syslog+local",
                                                   "file",   "http",       "kafka"};
  return kNames.at(static_cast<std::size_t>(protocol));
}

Result<FindingTarget> parse_finding_target(const std::string& text) {
  FindingTarget target;
  target.text = shown_url(text);
  const std::string where = fmt::format("--findings-to {}", target.text);
  std::string_view place = text;
  constexpr std::string_view kSeverity = ",severity=";
  if (const std::size_t comma = place.rfind(kSeverity); comma != std::string_view::npos) {
    const std::string_view name = place.substr(comma + kSeverity.size());
    const auto severity = severity_named(name);
    if (!severity)
      return unusable(where, fmt::format("expected info, low, medium, high or critical, found {}", name));
    target.least = *severity;
    place = place.substr(0, comma);
  }
  if (is_kafka_url(place)) {
    auto kafka = parse_kafka_target(place, where);
    if (!kafka) return std::unexpected(kafka.error());
    target.protocol = FindingProtocol::kKafka;
    target.kafka = std::move(*kafka);
    return target;
  }
  if (!take_place(target, place)) return unusable(where, std::string(kForm));
  return target;
}

}  // namespace vedette
