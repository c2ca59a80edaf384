#include "policy/protocol_entry.h"

#include <algorithm>
#include <array>

#include "policy/payload_names.h"

namespace vedette {

namespace {

constexpr std::uint64_t bit(std::uint8_t payload_class) {
  return std::uint64_t{1} << payload_class;
}

bool has(const std::vector<std::string>& versions, std::string_view version) {
  return std::ranges::find(versions, version) != versions.end();
}

// A hello's highest version isn't the one that is spoken, nor a request's method.
std::uint64_t classes_of_app(const ProtocolEntry& entry) {
  std::uint64_t classes = 0;
  if (entry.versions.empty() && !entry.app.empty())
    for (std::uint8_t at = 0; at < kPayloadClasses; at++)
      if (kPayloads[at].application == entry.app) classes |= bit(at);
  if (entry.app == "ssh" && has(entry.versions, "2.0")) classes |= bit(VDT_PAYLOAD_SSH_2);
  if (entry.app == "smb" && has(entry.versions, "1.0")) classes |= bit(VDT_PAYLOAD_SMB_1);
  return classes;
}

// Networks of one IP version, or one for any address.
std::size_t count_of(const std::vector<Prefix>& networks, std::uint8_t ip_version) {
  if (networks.empty()) return 1;
  return static_cast<std::size_t>(std::ranges::count(networks, ip_version, &Prefix::ip_version));
}

bool in_networks(const std::vector<Prefix>& networks, const vdt_address& address, std::uint8_t ip_version) {
  return networks.empty() || std::ranges::any_of(networks, [&](const Prefix& one) {
           return one.ip_version == ip_version && prefix_of(address, ip_version, one.length) == one;
         });
}

}  // namespace

bool in_ports(const std::vector<NumberRange>& ports, std::uint16_t port) {
  return ports.empty() || std::ranges::any_of(ports, [&](const NumberRange& range) {
           return range.first <= port && port <= range.last;
         });
}

bool takes(const Match& where, const vdt_address& initiator, const vdt_address& responder,
           std::uint8_t ip_version, std::uint16_t port) {
  return in_networks(where.source, initiator, ip_version) &&
         in_networks(where.destination, responder, ip_version) && in_ports(where.destination_port, port);
}

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

std::uint64_t classes_of(const ProtocolEntry& entry) {
  std::uint64_t classes = classes_of_app(entry);
  for (std::uint8_t at = VDT_PAYLOAD_SSL_2; entry.tls_min && at < *entry.tls_min; at++) classes |= bit(at);
  if (entry.refuse_ssh_1) classes |= bit(VDT_PAYLOAD_SSH_1);
  if (entry.refuse_smb_1) classes |= bit(VDT_PAYLOAD_SMB_1);
  return classes;
}

std::size_t rows_of(const ProtocolEntry& entry) {
  if (classes_of(entry) == 0) return 0;
  const Match& where = entry.where;
  const std::size_t ports = std::max<std::size_t>(where.destination_port.size(), 1);
  if (where.source.empty() && where.destination.empty()) return ports;
  return ports * (count_of(where.source, 4) * count_of(where.destination, 4) +
                  count_of(where.source, 6) * count_of(where.destination, 6));
}

}  // namespace vedette
