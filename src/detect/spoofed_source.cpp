#include "detect/spoofed_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/address.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool is_multicast(const vdt_address& address, std::uint8_t version) {
  return version == 6 ? address.bytes[0] == 0xff : address.bytes[0] >> 4 == 0xe;
}

bool is_limited_broadcast(const vdt_address& address, std::uint8_t version) {
  return version == 4 && address.words[0] == 0xffffffff;
}

bool is_loopback(const vdt_address& address, std::uint8_t version) {
  if (version == 4) return address.bytes[0] == 127;
  return is_zero(std::span(address.bytes).first(15)) && address.bytes[15] == 1;
}

struct Martian {
  std::string_view why;  // empty where the source is none
  Severity severity = Severity::kInfo;
};

// What no host may have as its source. 0.0.0.0 and :: are who has no address yet (RFC 2131, RFC 4862).
Martian martian(const vdt_address& source, const vdt_address& target, std::uint8_t version) {
  if (is_multicast(source, version)) return {"a multicast group", Severity::kLow};
  if (is_limited_broadcast(source, version)) return {"the broadcast address", Severity::kLow};
  if (is_loopback(source, version) != is_loopback(target, version) && is_loopback(source, version))
    return {"the loopback address", Severity::kLow};
  if (version == 4) {
    if (source.bytes[0] == 0 && source.words[0] != 0) return {"of network 0 (RFC 1122)", Severity::kInfo};
    if (source.bytes[0] >= 240) return {"of the reserved class E (RFC 1112)", Severity::kInfo};
  } else if (is_zero(std::span(source.bytes).first(10)) && source.bytes[10] == 0xff &&
             source.bytes[11] == 0xff) {
    return {"an IPv4-mapped address on the wire (draft-itojun-v6ops-v4mapped-harmful)", Severity::kInfo};
  }
  return {};
}

// A frame of a real link to all its stations. Loopback's and cooked captures' frames have no such MACs.
bool is_sent_to_all(const vdt_packet_core& core) {
  constexpr std::uint8_t kAll[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  return (core.facts & VDT_FACT_MAC) && std::memcmp(core.dst_mac, kAll, sizeof(kAll)) == 0;
}

bool is_from_a_link(const FlowStep& step) {
  if (step.packet == nullptr) return true;
  const vdt_packet_core& core = step.packet->core;
  return (core.facts & VDT_FACT_MAC) && (!is_zero(core.src_mac) || !is_zero(core.dst_mac));
}

Sighting sighting_of(const FlowStep& step, std::string_view detector, Severity severity) {
  return {.detector = detector,
          .severity = severity,
          .target = host(step.receiver(), step.flow.key.ip_version),
          .time = step.last,
          .packets = step.packets,
          .bytes = step.bytes};
}

// From so many on it isn't somebody who looks which hosts are there (the bound of floods of ICMP and of
// AmpPot).
constexpr std::uint64_t kManyEchoes = 100;

}  // namespace

void SpoofedSource::take(const FlowStep& step) {
  const vdt_flow_key& key = step.flow.key;
  if (key.protocol == VDT_IP_TCP) look_at_tcp(step);
  // A forged flow has few packets, so that it is looked at as it begins, and while nobody answers.
  if (step.flow.sent[kResponder].packets != 0) return;
  look_at_source(step);
}

void SpoofedSource::look(const FlowStep& step) {
  const vdt_flow_key& key = step.flow.key;
  if (step.flow.sent[kResponder].packets != 0) return;
  if (key.protocol == VDT_IP_ICMP || key.protocol == VDT_IP_ICMPV6 || key.dst_port == 7 || key.dst_port == 19)
    look_at_broadcast(step);
}

void SpoofedSource::look_at_source(const FlowStep& step) {
  const std::uint8_t version = step.flow.key.ip_version;
  const vdt_address& source = step.sender();
  const vdt_address& target = step.receiver();
  const Martian found = martian(source, target, version);
  // A host talks to itself on its loopback interface by any address.
  if (!found.why.empty() && (!is_loopback(source, version) || is_from_a_link(step))) {
    tally_.see(sighting_of(step, "martian_source", found.severity), [&] {
      return fmt::format("{} gets packets from {}, {}, which no host can have", address_text(target, version),
                         address_text(source, version), found.why);
    });
  }
  if (source.halves[0] != target.halves[0] || source.halves[1] != target.halves[1]) return;
  const vdt_flow_key& key = step.flow.key;
  if (key.src_port != key.dst_port || !has_ports(step.flow) || is_loopback(source, version) ||
      is_multicast(source, version) || is_zero(source.bytes) || !is_from_a_link(step))
    return;
  Sighting sighting = sighting_of(step, "land", Severity::kMedium);
  sighting.port = key.dst_port;
  tally_.see(sighting, [&] {
    return fmt::format("{} gets packets from its own address and port {} (LAND)",
                       address_text(target, version), key.dst_port);
  });
}

void SpoofedSource::look_at_broadcast(const FlowStep& step) {
  const vdt_flow_key& key = step.flow.key;
  const std::uint8_t version = key.ip_version;
  const vdt_address& source = step.sender();
  const vdt_address& target = step.receiver();
  const bool echo =
      (step.packet->core.facts & VDT_FACT_ICMP) && step.packet->core.icmp_type == (version == 6 ? 128 : 8);
  const bool small_service = key.protocol == VDT_IP_UDP && (key.dst_port == 7 || key.dst_port == 19);
  if (!echo && !small_service) return;
  const bool to_all = is_multicast(target, version) || is_limited_broadcast(target, version) ||
                      is_sent_to_all(step.packet->core);
  if (!to_all) return;
  const bool forged = is_multicast(source, version) || is_limited_broadcast(source, version);
  const std::string_view detector = small_service ? "fraggle" : forged ? "rsmurf" : "smurf";
  // The source is whom the answers would strike.
  Sighting sighting =
      sighting_of(step, detector, small_service || forged ? Severity::kMedium : Severity::kInfo);
  sighting.source = host(source, version);
  sighting.score = static_cast<double>(step.flow.sent[kInitiator].packets);
  sighting.threshold = kManyEchoes;
  if (step.flow.sent[kInitiator].packets >= kManyEchoes)
    sighting.severity = forged ? Severity::kHigh : Severity::kMedium;
  tally_.see(sighting, [&] {
    return fmt::format("{} of {} to all hosts at {}: each answers, and the answers strike {}",
                       small_service ? "datagrams to an echo or chargen service" : "echo requests",
                       address_text(source, version), address_text(target, version),
                       forged ? "all again" : "the source");
  });
}

void SpoofedSource::look_at_tcp(const FlowStep& step) {
  const vdt_flow_key& key = step.flow.key;
  if ((step.tcp_flags & VDT_TCP_URG) && step.receiver_port() == 139) {
    Sighting sighting = sighting_of(step, "winnuke", Severity::kMedium);
    sighting.source = host(step.sender(), key.ip_version);
    sighting.port = std::uint16_t{139};
    tally_.see(sighting, [&] {
      return fmt::format("{} sends urgent data to NetBIOS at {}, which crashed old Windows (CVE-1999-0153)",
                         address_text(step.sender(), key.ip_version),
                         address_text(step.receiver(), key.ip_version));
    });
  }
}

}  // namespace vedette
