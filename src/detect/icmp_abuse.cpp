#include "detect/icmp_abuse.h"

#include <fmt/format.h>

#include <algorithm>

#include "parse/protocols.h"

namespace vedette {

namespace {

constexpr Nanoseconds kMinute = std::chrono::seconds(60);
constexpr std::uint32_t kLeastMtu = 1280;  // RFC 8200, 5
// Routers of one link that came within a minute. RFC 4861 lets hosts keep few; Linux keeps 16 a link that it
// accepts (net.ipv6.conf.*.max_addresses).
constexpr std::size_t kManyRouters = 16;

enum IcmpType : std::uint8_t {
  kRedirect4 = 5,
  kPacketTooBig = 2,
  kRouterAdvertisement = 134,
  kRedirect6 = 137
};

}  // namespace

void IcmpAbuse::take(const Packet& packet) {
  const vdt_packet_core& core = packet.facts->core;
  if (!(core.facts & VDT_FACT_ICMP) || core.transport_offset == 0) return;
  if (core.key.ip_version == 4) {
    if (core.icmp_type == kRedirect4)
      tally_.see_packet(packet, "icmp_redirect", Severity::kLow,
                        "an ICMP redirect: packets that heed it take another way (RFC 792)");
    return;
  }
  const std::span<const std::uint8_t> message =
      packet.bytes.subspan(std::min<std::size_t>(core.transport_offset, packet.bytes.size()));
  switch (core.icmp_type) {
    case kRedirect6:
      return tally_.see_packet(packet, "icmp_redirect", Severity::kLow,
                               "an ICMPv6 redirect: packets that heed it take another way (RFC 4861, 8)");
    case kPacketTooBig: {
      if (message.size() < 8) return;
      const std::uint32_t mtu =
          static_cast<std::uint32_t>(message[4] << 24 | message[5] << 16 | message[6] << 8 | message[7]);
      if (mtu < kLeastMtu)
        tally_.see_packet(
            packet, "atomic_fragments", Severity::kLow,
            fmt::format("\"packet too big\" with an MTU of {}, below IPv6's least of 1280: it makes hosts "
                        "send atomic "
                        "fragments (RFC 8021)",
                        mtu));
      return;
    }
    case kRouterAdvertisement:
      return look_at_router(packet, message);
    default:
      return;
  }
}

void IcmpAbuse::look_at_router(const Packet& packet, std::span<const std::uint8_t> message) {
  const vdt_packet_core& core = packet.facts->core;
  if (message.size() < 16) return;
  const std::uint64_t on =
      std::uint64_t{core.key.ifindex} << 32 | std::uint64_t{core.key.vlan[0]} << 16 | core.key.vlan[1];
  Router& router = routers_.at({core.key.src, on}).value;
  Link& link = links_.at({{}, on}).value;
  if (packet.time - link.minute > kMinute) link = {.minute = packet.time};
  const bool known = router.alive != Nanoseconds{} || router.ended != Nanoseconds{};
  if (!known && ++link.new_routers >= kManyRouters)
    tally_.see_packet(
        packet, "router_flood", Severity::kHigh,
        fmt::format("router advertisements; {} routers appeared on the link within a minute (RFC 6104)",
                    link.new_routers));
  const bool ends = message[6] == 0 && message[7] == 0;  // its lifetime
  (ends ? router.ended : router.alive) = packet.time;
  std::ranges::copy(core.src_mac, (ends ? router.ended_mac : router.alive_mac).begin());
  if (router.alive == Nanoseconds{} || router.ended == Nanoseconds{}) return;
  const Nanoseconds apart = std::max(router.alive, router.ended) - std::min(router.alive, router.ended);
  if (apart > kMinute) return;
  const bool others_mac = (core.facts & VDT_FACT_MAC) && router.alive_mac != router.ended_mac;
  // A router that ceases says so last: who goes on hadn't.
  if (!others_mac && router.ended > router.alive) return;
  tally_.see_packet(
      packet, "kill_router", others_mac ? Severity::kMedium : Severity::kLow,
      others_mac
          ? "advertisements with lifetime 0 by another MAC than the router's own: hosts lose their router "
            "(RFC 4861, 6.2.5)"
          : "advertisements with lifetime 0 and yet goes on: hosts lose their router (RFC 4861, 6.2.5)");
}

}  // namespace vedette
