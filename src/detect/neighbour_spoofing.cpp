#include "detect/neighbour_spoofing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/address.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr Nanoseconds kMinute = std::chrono::seconds(60);
constexpr std::uint32_t kTurns = 2;  // back and forth: neither left the link
// Addresses that one MAC fights for. Two interfaces of one host on one link answer for each other's address
// (Linux' arp_ignore 0), and so do the links of a bond in mode balance-alb; nobody but a man in the middle
// for three.
constexpr std::uint32_t kFought = 3;

std::string mac_text(std::span<const std::uint8_t, 6> mac) {
  fmt::memory_buffer text;
  append_mac(text, mac);
  return {text.data(), text.size()};
}

}  // namespace

void NeighbourSpoofing::take(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  if (core.malformed) return;
  Mac mac{};
  if (core.facts & VDT_FACT_ARP) {
    // Ethernet and IPv4: hardware type, protocol, lengths, operation, sender's MAC and IP (RFC 826).
    const std::span<const std::uint8_t> bytes =
        packet.bytes.subspan(std::min<std::size_t>(core.network_offset, packet.bytes.size()));
    if (core.network_offset == 0 || bytes.size() < 28 || core.key.src.words[0] == 0) return;
    std::ranges::copy(bytes.subspan(8, 6), mac.begin());
    return claim(packet, core.key.src, 4, mac);
  }
  // A neighbour's advertisement with its link-layer address (option 2).
  if (core.key.protocol != VDT_IP_ICMPV6 || core.icmp_type != 136 || core.ttl != 255 ||
      core.transport_offset == 0)
    return;
  const std::span<const std::uint8_t> bytes =
      packet.bytes.subspan(std::min<std::size_t>(core.transport_offset, packet.bytes.size()));
  // Without the override flag it takes nothing over: a proxy's, or an anycast address' (RFC 4861, 7.2.7).
  if (bytes.size() < 32 || !(bytes[4] & 0x20) || bytes[24] != 2 || bytes[25] != 1) return;
  vdt_address target{};
  std::ranges::copy(bytes.subspan(8, 16), std::begin(target.bytes));
  std::ranges::copy(bytes.subspan(26, 6), mac.begin());
  claim(packet, target, 6, mac);
}

void NeighbourSpoofing::claim(const Packet& packet, const vdt_address& address, std::uint8_t ip_version,
                              const Mac& mac) {
  if (std::ranges::all_of(mac, [](std::uint8_t byte) { return byte == 0; })) return;
  const vdt_flow_key& key = packet.facts->core.key;
  const std::uint64_t link = std::uint64_t{key.ifindex} << 40 | std::uint64_t{key.vlan[0]} << 24 |
                             std::uint64_t{key.vlan[1]} << 8 | ip_version;
  Owner& owner = owners_.at({address, link}).value;
  const bool known = owner.claimed != Nanoseconds{};
  const bool fresh = packet.time - owner.claimed <= kMinute;
  owner.claimed = packet.time;
  if (!known || owner.mac == mac) {
    owner.mac = mac;
    return;
  }
  const bool back = owner.former == mac && packet.time - owner.changed <= kMinute;
  owner.turns = back ? owner.turns + 1 : 0;
  owner.former = owner.mac;
  owner.mac = mac;
  owner.changed = packet.time;
  if (!fresh) return;  // the former may have left

  const bool fight = owner.turns >= kTurns;
  // Counted once for each of both: one of them is the owner's own.
  if (owner.turns == kTurns) {
    fights_of(owner.mac, link, packet.time)++;
    fights_of(owner.former, link, packet.time)++;
  }
  const std::uint32_t fought =
      fight ? std::max(fights_of(owner.mac, link, packet.time), fights_of(owner.former, link, packet.time))
            : 0;
  const Severity severity = fought >= kFought ? Severity::kHigh : fight ? Severity::kMedium : Severity::kLow;
  tally_.see({.detector = ip_version == 4 ? "arp_spoofing" : "nd_spoofing",
              .severity = severity,
              .target = host(address, ip_version),
              .time = packet.time,
              .bytes = packet.facts->core.length,
              .score = static_cast<double>(owner.turns),
              .threshold = kTurns},
             [&] {
               std::string text =
                   fmt::format("{} is claimed by {}, a moment after {} claimed it",
                               address_text(address, ip_version), mac_text(mac), mac_text(owner.former));
               if (fight) text += fmt::format("; they took it {} times in turns", owner.turns + 1);
               if (fought >= kFought) text += fmt::format("; one of them fights for {} addresses", fought);
               return text;
             });
}

std::uint32_t& NeighbourSpoofing::fights_of(const Mac& mac, std::uint64_t link, Nanoseconds now) {
  vdt_address key{};
  std::ranges::copy(mac, std::begin(key.bytes));
  Fighter& fighter = fighters_.at({key, link}).value;
  if (now - fighter.first > kMinute) fighter = {.fights = 0, .first = now};
  return fighter.fights;
}

}  // namespace vedette
