#include "detect/heartbleed.h"

#include <fmt/format.h>

#include "detect/flow_finding.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// RFC 5246 §6.2.1 and RFC 6520 §3.
constexpr std::uint8_t kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kData = 23, kHeartbeat = 24;
constexpr std::size_t kRecordHeader = 5;                  // bytes
constexpr std::uint32_t kMostRecord = (1U << 14) + 2048;  // bytes
constexpr std::uint8_t kRequest = 1, kResponse = 2;
constexpr std::uint32_t kHeartbeatHeader = 3, kLeastPadding = 16;
constexpr std::uint32_t kLeastHeartbeat = kHeartbeatHeader + kLeastPadding;
// Beyond what a cipher of blocks, and one that pads as it likes by a few of them, makes of equal lengths.
constexpr std::uint32_t kMuchMore = 256;

bool begins_record(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kRecordHeader && (bytes[0] >= kChangeCipherSpec && bytes[0] <= kHeartbeat) &&
         bytes[1] == 3 && bytes[2] <= 4 && (bytes[3] << 8 | bytes[4]) <= static_cast<int>(kMostRecord);
}

// Data later on say nothing new, and connections consist of them.
bool is_early(const FlowStep& step) {
  constexpr std::uint64_t kEarly = 24;  // packets of a side
  return step.flow.sent[kInitiator].packets <= kEarly && step.flow.sent[kResponder].packets <= kEarly;
}

}  // namespace

void Heartbleed::look(const FlowStep& step) {
  if (step.flow.key.protocol != VDT_IP_TCP) return;
  auto bytes = step.payload();
  if (!begins_record(bytes) || bytes[0] == kAlert) return;
  if (bytes[0] == kData) {
    if (is_early(step))
      if (Connection* known = connections_.find(&step.flow)) known->data = true;
    return;
  }
  Connection& connection = connections_.at(&step.flow);
  while (begins_record(bytes)) {
    const auto length = static_cast<std::uint32_t>(bytes[3] << 8 | bytes[4]);
    const auto body = bytes.subspan(kRecordHeader);
    if (bytes[0] == kChangeCipherSpec) connection.encrypted[step.side] = true;
    if (bytes[0] == kHandshake && !body.empty() && body[0] <= 2) connection.begun = true;
    if (bytes[0] == kHeartbeat) take_heartbeat(step, connection, length, body);
    if (length >= body.size()) return;
    bytes = body.subspan(length);
  }
}

void Heartbleed::take_heartbeat(const FlowStep& step, Connection& connection, std::uint32_t length,
                                std::span<const std::uint8_t> body) {
  const bool clear = connection.begun && !connection.encrypted[step.side];
  const FlowSide other = step.side == kInitiator ? kResponder : kInitiator;
  const std::uint32_t asked = connection.request[other];
  if (clear)
    judge_clear(step, connection, length, body);
  else
    judge_encrypted(step, connection, length);
  if (asked)
    connection.request[other] = 0;  // this is taken as its answer
  else
    connection.request[step.side] = length;
}

void Heartbleed::judge_clear(const FlowStep& step, Connection& connection, std::uint32_t length,
                             std::span<const std::uint8_t> body) const {
  if (body.size() < kHeartbeatHeader) return;
  const auto claimed = static_cast<std::uint32_t>(body[1] << 8 | body[2]);
  if (body[0] == kRequest && claimed + kLeastHeartbeat > length) {
    connection.attacked = true;
    tell(step, Severity::kMedium, claimed + kLeastHeartbeat, length,
         fmt::format("a heartbeat request of {} bytes between {} says that it holds {} and asks for them "
                     "(CVE-2014-0160)",
                     length, flow_ends_text(step.flow), claimed));
  } else if (body[0] == kResponse && connection.attacked) {
    tell(step, Severity::kCritical, length, kLeastHeartbeat,
         fmt::format("{} answered with {} bytes of its memory: Heartbleed (CVE-2014-0160)",
                     prefix_text(host(step.sender(), step.flow.key.ip_version)), length));
  }
}

void Heartbleed::judge_encrypted(const FlowStep& step, Connection& connection, std::uint32_t length) const {
  const std::uint32_t asked = connection.request[step.side == kInitiator ? kResponder : kInitiator];
  if (asked && length > asked) {
    tell(step, length > asked + kMuchMore ? Severity::kHigh : Severity::kMedium, length, asked,
         fmt::format("{} answered an encrypted heartbeat of {} bytes with {}, which must be alike "
                     "(CVE-2014-0160)",
                     prefix_text(host(step.sender(), step.flow.key.ip_version)), asked, length));
  } else if (length < kLeastHeartbeat) {
    tell(step, Severity::kMedium, kLeastHeartbeat, length,
         fmt::format("an encrypted heartbeat of {} bytes between {}, shorter than any can be (CVE-2014-0160)",
                     length, flow_ends_text(step.flow)));
  } else if (!asked && connection.begun && !connection.data && is_early(step) && step.side == kInitiator) {
    tell(step, Severity::kLow, 1, 1,
         fmt::format("a heartbeat before any data between {}: no client sends one then but to try Heartbleed "
                     "(CVE-2014-0160)",
                     flow_ends_text(step.flow)));
  }
}

void Heartbleed::tell(const FlowStep& step, Severity severity, double score, double threshold,
                      std::string why) const {
  Finding finding = finding_about(step.flow, "heartbleed", FindingKind::kAnomaly, severity);
  finding.detected = finding.last = step.last;
  finding.score = score;
  finding.threshold = threshold;
  finding.why = std::move(why);
  raise(std::move(finding));
}

void Heartbleed::end(const FlowView& flow) {
  if (flow.end != FlowEnd::kReport) connections_.erase(&flow.flow);
}

}  // namespace vedette
