#include "policy/protocol_entry.h"

#include <algorithm>

#include "abi/payload_class.h"

namespace vedette {

namespace {

constexpr std::uint8_t kTcp = 6;

constexpr std::uint64_t bit(std::uint8_t payload_class) {
  return std::uint64_t{1} << payload_class;
}

// By both ends; a request says what it is by itself.
bool is_chosen(const AppMatch& match) {
  return !match.version.empty() && !is_method(match);
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

bool in_protocols(const std::vector<std::uint8_t>& protocols, std::uint8_t protocol) {
  return protocols.empty() || std::ranges::find(protocols, protocol) != protocols.end();
}

bool takes(const Match& where, const vdt_flow_key& flow) {
  return in_protocols(where.protocol, flow.protocol) &&
         in_networks(where.source, flow.src, flow.ip_version) &&
         in_networks(where.destination, flow.dst, flow.ip_version) &&
         in_ports(where.destination_port, flow.dst_port);
}

std::uint64_t classes_of(const ProtocolEntry& entry) {
  std::uint64_t classes = 0;
  if (!in_protocols(entry.where.protocol, kTcp)) return classes;
  for (const AppMatch& one : entry.apps)
    if (entry.refuses() || !is_chosen(one)) classes |= classes_of_app(one);
  for (std::uint8_t at = VDT_PAYLOAD_SSL_2; entry.tls_min && at < *entry.tls_min; at++) classes |= bit(at);
  if (entry.refuse_ssh_1) classes |= bit(VDT_PAYLOAD_SSH_1);
  if (entry.refuse_smb_1) classes |= bit(VDT_PAYLOAD_SMB_1);
  return classes;
}

std::uint64_t classes_left_by(const ProtocolEntry& entry) {
  std::uint64_t classes = 0;
  for (const AppMatch& one : entry.apps)
    if (!entry.refuses() && is_chosen(one)) classes |= classes_of_app({one.app, {}});
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
