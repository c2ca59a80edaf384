#include "policy/app_match.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "policy/near_word.h"
#include "policy/payload_names.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

constexpr std::uint64_t bit(std::uint8_t payload_class) {
  return std::uint64_t{1} << payload_class;
}

std::string in_case(std::string_view text, char first, char to) {
  std::string changed(text);
  for (char& letter : changed)
    if (letter >= first && letter < first + 26) letter = static_cast<char>(letter - first + to);
  return changed;
}

// HTTP/2's preface begins like a request, and is none.
bool is_request(std::uint8_t payload_class) {
  return payload_class >= VDT_PAYLOAD_HTTP_GET && payload_class < VDT_PAYLOAD_HTTP_2;
}

// "did you mean ldap or nbdgm": what was mistyped, and what the text is a part of, or has as a part.
std::string near_apps(std::string_view text) {
  constexpr std::size_t kTold = 4, kPart = 3;
  std::vector<std::string_view> near;
  if (const std::string_view nearest = nearest_word(text, known_apps()); !nearest.empty())
    near.push_back(nearest);
  for (const std::string_view app : known_apps()) {
    const std::string_view part = app.size() < text.size() ? app : text;
    const std::string_view whole = app.size() < text.size() ? text : app;
    if (part.size() >= kPart && whole.find(part) != std::string_view::npos && near.size() < kTold &&
        std::ranges::find(near, app) == near.end())
      near.push_back(app);
  }
  return near.empty() ? std::string() : fmt::format("did you mean {}", fmt::join(near, " or "));
}

}  // namespace

const std::vector<std::string_view>& known_apps() {
  static const std::vector<std::string_view> kApps{
      "adb",       "amqp",      "bittorrent", "dcerpc", "dhcp",    "dhcpv6",     "dns",      "dtls",  "ftp",
      "git",       "http",      "ike",        "imap",   "irc",     "kafka",      "kerberos", "l2tp",  "ldap",
      "llmnr",     "mdns",      "memcached",  "modbus", "mongodb", "mqtt",       "mysql",    "nbdgm", "nbns",
      "nomachine", "ntp",       "openvpn",    "oracle", "pop3",    "postgresql", "pptp",     "proxy", "quic",
      "radius",    "rdp",       "redis",      "rsync",  "rtsp",    "sip",        "smb",      "smtp",  "snmp",
      "socks",     "ssdp",      "ssh",        "stun",   "syslog",  "tds",        "telnet",   "tftp",  "tls",
      "vnc",       "wireguard", "xmpp"};
  return kApps;
}

std::vector<std::string_view> known_versions(std::string_view app) {
  if (app == "tls") return {"SSL 2.0", "SSL 3.0", "1.0", "1.1", "1.2", "1.3"};
  if (app == "dtls") return {"1.0", "1.2", "1.3"};
  if (app == "ssh") return {"1.3", "1.5", "1.99", "2.0"};
  if (app == "smb") return {"1.0", "2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"};
  if (app == "http") return {"HTTP/0.9", "HTTP/1.0", "HTTP/1.1", "HTTP/2"};
  return {};
}

Result<AppMatch> read_app_version(std::string_view app, std::string_view version) {
  const auto known = known_versions(app);
  if (known.empty()) return AppMatch{std::string(app), std::string(version)};
  AppMatch match{std::string(app), in_case(version, 'a', 'A')};
  if (is_method(match) || std::ranges::find(known, match.version) != known.end()) return match;
  return std::unexpected(unexpected_word(
      fmt::format("a version of {}: {}{}", app, fmt::join(known, ", "), app == "http" ? ", or a method" : ""),
      version));
}

Result<AppMatch> read_app(std::string_view text) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  const std::string app = in_case(text.substr(0, blank), 'A', 'a');
  if (std::ranges::find(known_apps(), app) == known_apps().end())
    return std::unexpected(unexpected_word("an application like ssh or http", text, near_apps(app)));
  const std::string_view version = text.substr(std::min(blank + 1, text.size()));
  if (version.empty()) return AppMatch{app, {}};
  return read_app_version(app, version);
}

std::string app_word(const AppMatch& match) {
  return match.version.empty() ? match.app : fmt::format("{} {}", match.app, match.version);
}

bool is_method(const AppMatch& match) {
  if (match.app != "http") return false;
  for (std::uint8_t at = 0; at < kPayloadClasses; at++)
    if (is_request(at) && kPayloads[at].text == match.version) return true;
  return false;
}

// A hello's highest version isn't the one that is spoken.
std::uint64_t classes_of_app(const AppMatch& match) {
  std::uint64_t classes = 0;
  const bool method = is_method(match);
  for (std::uint8_t at = 0; at < kPayloadClasses; at++)
    if (kPayloads[at].application == match.app &&
        (match.version.empty() || (method && kPayloads[at].text == match.version)))
      classes |= bit(at);
  if (match.app == "ssh" && match.version == "2.0") classes |= bit(VDT_PAYLOAD_SSH_2);
  if (match.app == "smb" && match.version == "1.0") classes |= bit(VDT_PAYLOAD_SMB_1);
  if (match.app == "http" && match.version == "HTTP/2") classes |= bit(VDT_PAYLOAD_HTTP_2);
  return classes;
}

}  // namespace vedette
