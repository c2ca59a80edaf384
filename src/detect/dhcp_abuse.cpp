#include "detect/dhcp_abuse.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/address.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr Nanoseconds kMinute = std::chrono::seconds(60);
// New hardware addresses a minute that fill a /24's leases (some 250) before any lease of an hour ends. That
// may be a whole office that comes back after a power cut; four times as many within ten seconds aren't.
constexpr Nanoseconds kAtOnce = std::chrono::seconds(10);
constexpr double kStarving = 250;

// Of the option with this code; empty where there is none (RFC 2132).
std::span<const std::uint8_t> option(std::span<const std::uint8_t> message, std::uint8_t code) {
  for (std::size_t at = 240; at + 2 <= message.size() && message[at] != 255;) {
    if (message[at] == 0) {
      at++;
      continue;
    }
    const std::size_t length = message[at + 1];
    if (at + 2 + length > message.size()) return {};
    if (message[at] == code) return message.subspan(at + 2, length);
    at += 2 + length;
  }
  return {};
}

}  // namespace

void DhcpAbuse::take(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  if (core.key.protocol != VDT_IP_UDP || core.payload_offset == 0 || core.key.ip_version != 4) return;
  if (core.key.dst_port != 67 && core.key.src_port != 67) return;
  const std::span<const std::uint8_t> message =
      packet.bytes.subspan(std::min<std::size_t>(core.payload_offset, packet.bytes.size()));
  if (message.size() < 240) return;
  // Relayed ones come from the relay's link (giaddr).
  vdt_address relay{};
  std::ranges::copy(message.subspan(24, 4), std::begin(relay.bytes));
  const std::uint64_t on =
      std::uint64_t{core.key.ifindex} << 32 | std::uint64_t{core.key.vlan[0]} << 16 | core.key.vlan[1];
  Link& link = links_.at({relay, on}).value;
  if (message[0] == 1) take_request(packet, link, message);
  if (message[0] == 2) take_offer(packet, link, message);
}

void DhcpAbuse::take_request(const Packet& packet, Link& link, std::span<const std::uint8_t> message) {
  if (packet.time - link.minute > kMinute) {
    link.clients = {};
    link.minute = packet.time;
  }
  vdt_address client{};
  std::ranges::copy(message.subspan(28, 6), std::begin(client.bytes));
  link.clients.add(mixed(client));
  const double clients = link.clients.distinct();
  if (clients < kStarving) return;
  const vdt_flow_key& key = packet.facts->core.key;
  tally_.see({.detector = "dhcp_starvation",
              .severity = clients >= 4 * kStarving && packet.time - link.minute <= kAtOnce ? Severity::kHigh
                                                                                           : Severity::kLow,
              .target = host(key.dst, 4),
              .port = std::uint16_t{67},
              .time = packet.time,
              .bytes = packet.facts->core.length,
              .score = clients,
              .threshold = kStarving},
             [&] {
               return fmt::format(
                   "addresses are asked for in the name of some {:.0f} hardware addresses within a minute",
                   clients);
             });
}

void DhcpAbuse::take_offer(const Packet& packet, Link& link, std::span<const std::uint8_t> message) {
  const std::span<const std::uint8_t> type = option(message, 53), id = option(message, 54);
  if (type.size() != 1 || type[0] != 2 || id.size() != 4) return;  // DHCPOFFER, server identifier
  vdt_address server{};
  std::ranges::copy(id, std::begin(server.bytes));
  const bool other = link.server.words[0] != 0 && link.server.words[0] != server.words[0] &&
                     packet.time - link.offered <= kMinute;
  const vdt_address former = link.server;
  link.server = server;
  link.offered = packet.time;
  if (!other) return;
  tally_.see({.detector = "second_dhcp_server",
              .severity = Severity::kInfo,
              .source = host(server, 4),
              .time = packet.time,
              .bytes = packet.facts->core.length},
             [&] {
               return fmt::format(
                   "{} offers addresses on the link where {} does: a redundant server, or a false one",
                   address_text(server, 4), address_text(former, 4));
             });
}

}  // namespace vedette
