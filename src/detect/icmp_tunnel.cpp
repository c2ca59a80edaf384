#include "detect/icmp_tunnel.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "detect/flow_finding.h"

namespace vedette {

namespace {

using Data = std::span<const std::uint8_t>;

constexpr std::size_t kStamp = 16;      // bytes: two 64-bit numbers at the data's start
constexpr std::size_t kLeastData = 24;  // bytes: less may be a stamp alone
constexpr std::size_t kMostPeriod = 32;

constexpr std::uint32_t kLeastWithin = 3;  // IP packets in echoes: one or two could be chance or a test
constexpr std::uint32_t kLeastFalse = 3;   // answers with other data
constexpr std::uint32_t kLeastOdd = 16;    // echoes with data of no ping tool, of
constexpr int kLeastLengths = 6;           // so many classes of length: a ping tool keeps to one
constexpr std::uint32_t kMuch = 30;        // packets within or false answers: a tunnel in use, not a try

bool is_echo(const vdt_packet_core& core, bool& asks) {
  if (!(core.facts & VDT_FACT_ICMP) || core.fragment) return false;
  asks = core.icmp_type == (core.key.ip_version == 6 ? 128 : 8);
  return asks || core.icmp_type == (core.key.ip_version == 6 ? 129 : 0);
}

std::uint64_t hash_of(Data data) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const std::uint8_t byte : data) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

// A whole IPv4 header whose length is right for what is there; ptunnel's and others' own header of up to 32
// bytes may stand before it.
bool holds_ip_packet(Data data) {
  for (std::size_t at = 0; at <= 32 && at + 20 <= data.size(); at += 4) {
    const Data inner = data.subspan(at);
    if (inner[0] >> 4 == 6 && inner.size() >= 40) {
      const std::size_t length = 40U + (inner[4] << 8 | inner[5]);
      if (length == inner.size() && (inner[6] == 6 || inner[6] == 17 || inner[6] == 58)) return true;
    }
    if (inner[0] < 0x45 || inner[0] > 0x4f) continue;
    const std::size_t length = static_cast<std::size_t>(inner[2] << 8 | inner[3]);
    const std::size_t header = (inner[0] & 15U) * 4U;
    if (length != inner.size() || header > length) continue;
    std::uint32_t sum = 0;  // RFC 1071
    for (std::size_t i = 0; i + 1 < header; i += 2)
      sum += static_cast<std::uint32_t>(inner[i] << 8 | inner[i + 1]);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    if (sum == 0xffff) return true;
  }
  return false;
}

// "abcdefghijklmnopqrstuvwabcdefghi": a period of 23 in 32 bytes, so that it isn't seen twice.
bool is_windows_data(Data data) {
  constexpr std::size_t kPeriod = 23;
  for (std::size_t i = 0; i < data.size(); i++)
    if (data[i] != 'a' + i % kPeriod) return false;
  return true;
}

}  // namespace

bool is_ping_data(Data data) {
  if (data.size() < kLeastData) return true;
  for (std::size_t stamp = 0; stamp <= kStamp; stamp += 4) {
    const Data rest = data.subspan(stamp);
    const int step = static_cast<std::uint8_t>(rest[1] - rest[0]);
    bool counts = true;
    for (std::size_t i = 1; counts && i < rest.size(); i++)
      counts = static_cast<std::uint8_t>(rest[i] - rest[i - 1]) == step;
    if (counts) return true;
  }
  const Data rest = data.subspan(std::min(kStamp, data.size() - 2));
  for (std::size_t period = 1; period <= kMostPeriod && period * 2 <= rest.size(); period++)
    if (std::equal(rest.begin() + static_cast<std::ptrdiff_t>(period), rest.end(), rest.begin())) return true;
  return is_windows_data(data);
}

void IcmpTunnel::look(const FlowStep& step) {
  bool asks = false;
  if (!is_echo(step.packet->core, asks)) return;
  const Data data = step.payload();
  // A cut packet's data is neither whole nor the same as its answer's.
  if (data.empty() || data.size() < step.packet->core.payload_length) return;
  Pings& pings = pings_.at(&step.flow);
  match(pings, step, asks, data);
  if (holds_ip_packet(data)) pings.packets_within++;
  if (!is_ping_data(data)) {
    pings.odd++;
    pings.odd_bytes += data.size();
    pings.lengths |= std::uint64_t{1} << std::min<std::size_t>(data.size() / 8, 63);
  }
  judge(step, pings);
}

void IcmpTunnel::match(Pings& pings, const FlowStep& step, bool asks, Data data) {
  const std::size_t at = step.packet->core.payload_offset;
  const Data message = step.captured.subspan(at - 4, 4);  // identifier and sequence number
  const std::uint32_t number =
      static_cast<std::uint32_t>(message[0]) << 24 | message[1] << 16 | message[2] << 8 | message[3];
  const std::uint64_t hash = hash_of(data);
  const Data head = data.first(std::min(data.size(), kHead));
  if (asks) {
    Request& request = pings.requests[pings.asked++ % pings.requests.size()];
    request = {.number = number,
               .length = static_cast<std::uint32_t>(data.size()),
               .data = hash,
               .side = step.side,
               .head = {}};
    std::ranges::copy(head, request.head.begin());
    return;
  }
  bool known = false;
  for (std::size_t i = 0; i < std::min<std::size_t>(pings.asked, pings.requests.size()); i++) {
    const Request& request = pings.requests[i];
    if (request.number != number || request.side == step.side) continue;
    if (request.data == hash) return;
    // Some hosts send back no more than the beginning.
    if (data.size() < request.length && std::ranges::equal(head, Data(request.head).first(head.size())))
      return;
    known = true;
  }
  if (known || (pings.asked > 0 && !is_ping_data(data))) pings.false_answers++;
}

void IcmpTunnel::judge(const FlowStep& step, const Pings& pings) const {
  const bool within = pings.packets_within >= kLeastWithin;
  const bool falsely = pings.false_answers >= kLeastFalse;
  const bool odd = pings.odd >= kLeastOdd && std::popcount(pings.lengths) >= kLeastLengths;
  if (!within && !falsely && !odd) return;
  const bool in_use = pings.packets_within >= kMuch || (falsely && pings.false_answers >= kMuch && odd);
  Finding finding = finding_about(step.flow, "icmp_tunnel", FindingKind::kAnomaly,
                                  in_use ? Severity::kHigh : Severity::kMedium);
  finding.detected = finding.last = step.last;
  if (within) {
    finding.score = pings.packets_within;
    finding.threshold = kLeastWithin;
    finding.why =
        fmt::format("echoes between {} carry {} IP packets", flow_ends_text(step.flow), pings.packets_within);
  } else if (falsely) {
    finding.score = pings.false_answers;
    finding.threshold = kLeastFalse;
    finding.why = fmt::format("{} echo replies between {} hold other data than the request (RFC 792)",
                              pings.false_answers, flow_ends_text(step.flow));
  } else {
    finding.score = pings.odd;
    finding.threshold = kLeastOdd;
    finding.why =
        fmt::format("{} echoes between {} hold {} bytes in {} sizes that no ping tool fills in so", pings.odd,
                    flow_ends_text(step.flow), pings.odd_bytes, std::popcount(pings.lengths));
  }
  raise(std::move(finding));
}

void IcmpTunnel::end(const FlowView& flow) {
  if (flow.end != FlowEnd::kReport) pings_.erase(&flow.flow);
}

}  // namespace vedette
