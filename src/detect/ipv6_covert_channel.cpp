#include "detect/ipv6_covert_channel.h"

#include <fmt/format.h>

#include <algorithm>

#include "parse/protocols.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint64_t kLeastCarried = 32;  // bytes: experiments and drafts of new options have fewer
constexpr std::uint64_t kMuchCarried = 1024;

constexpr std::uint8_t kPad1 = 0, kPadN = 1;
constexpr std::size_t kIpv6Header = 40;

// IANA, "Destination Options and Hop-by-Hop Options", with the types for experiments (RFC 4727).
bool is_assigned(std::uint8_t type) {
  constexpr std::uint8_t kAssigned[] = {0x00, 0x01, 0x04, 0x05, 0x07, 0x08, 0x0f, 0x11, 0x12, 0x1e,
                                        0x23, 0x26, 0x30, 0x31, 0x3e, 0x4d, 0x5e, 0x63, 0x6d, 0x7e,
                                        0x8a, 0x8b, 0x8c, 0x9e, 0xbe, 0xc2, 0xc9, 0xde, 0xee, 0xfe};
  return std::ranges::binary_search(kAssigned, type);
}

// Bytes that the options of one header carry for nobody.
std::uint64_t carried_by(Bytes options) {
  std::uint64_t carried = 0;
  while (!options.empty()) {
    if (options[0] == kPad1) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || options.size() < std::size_t{2} + options[1]) break;
    const Bytes data = options.subspan(2, options[1]);
    const bool padded =
        options[0] == kPadN && std::ranges::any_of(data, [](std::uint8_t byte) { return byte != 0; });
    if (padded || !is_assigned(options[0])) carried += data.size();
    options = options.subspan(2 + data.size());
  }
  return carried;
}

std::uint64_t carried_between(Bytes frame, std::size_t network, std::size_t transport) {
  std::uint64_t carried = 0;
  std::uint8_t next = frame[network + 6];
  std::size_t at = network + kIpv6Header;
  while (at + 2 <= std::min(frame.size(), transport)) {
    const bool options = next == VDT_IP_HOP_BY_HOP || next == VDT_IP_DESTINATION_OPTIONS;
    if (!options && next != VDT_IP_ROUTING) break;
    const std::size_t size = (frame[at + 1] + std::size_t{1}) * 8;
    if (at + size > frame.size()) break;
    if (options) carried += carried_by(frame.subspan(at + 2, size - 2));
    next = frame[at];
    at += size;
  }
  return carried;
}

}  // namespace

void Ipv6CovertChannel::look(const FlowStep& step) {
  if (step.flow.key.ip_version != 6) return;
  const vdt_packet_core& core = step.packet->core;
  if (core.transport_offset <= core.network_offset + kIpv6Header ||
      core.network_offset + kIpv6Header > step.captured.size())
    return;
  const std::uint64_t carried = carried_between(step.captured, core.network_offset, core.transport_offset);
  if (carried == 0) return;

  Channel& channel = channels_.at({.source = step.sender(), .target = step.receiver(), .ip_version = 6});
  if (channel.packets == 0) channel.first = step.last;
  channel.packets += step.packets;
  channel.bytes += step.bytes;
  channel.carried += carried;
  if (channel.carried < kLeastCarried) return;

  Finding finding;
  finding.detector = "ipv6_covert_channel";
  finding.kind = FindingKind::kAnomaly;
  finding.severity = channel.carried >= kMuchCarried ? Severity::kHigh : Severity::kMedium;
  finding.source = host(step.sender(), 6);
  finding.target = host(step.receiver(), 6);
  finding.first = channel.first;
  finding.detected = finding.last = step.last;
  finding.packets = channel.packets;
  finding.bytes = channel.bytes;
  finding.score = static_cast<double>(channel.carried);
  finding.threshold = kLeastCarried;
  finding.why = fmt::format(
      "{} sent {} {} bytes in IPv6 options that have no meaning (unassigned types, or "
      "padding that isn't zero), in {} packets",
      prefix_text(*finding.source), prefix_text(*finding.target), channel.carried, channel.packets);
  raise(std::move(finding));
}

}  // namespace vedette
