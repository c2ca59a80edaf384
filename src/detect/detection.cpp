#include "detect/detection.h"

#include <algorithm>

#include "detect/detectors.h"
#include "detect/odd_packet.h"

namespace vedette {

namespace {

// As packet/names.h has a verdict.
constexpr std::string_view kDropped = "drop";

constexpr Nanoseconds kTick = std::chrono::milliseconds(100);
constexpr Nanoseconds kToldEvery = std::chrono::seconds(1);  // of a finding that grows

FlowStep step_of(const Packet& packet, const FlowTable::Place& place) {
  const vdt_packet_core& core = packet.facts->core;
  return {.flow = *place.flow,
          .side = place.side,
          .begins = place.created,
          .packets = packet.segments,
          .bytes = core.length,
          .last = packet.time,
          .tcp_flags = core.tcp_flags,
          .max_length = core.length,
          .packet = packet.facts,
          .captured = packet.bytes,
          .outer = core.facts & VDT_FACT_TUNNEL ? &packet.facts->outer : nullptr};
}

}  // namespace

Detection::Detection(Told told, DetectionOptions options)
    : told_(std::move(told)),
      options_(std::move(options)),
      detectors_(make_detectors([this](Finding finding) { take(std::move(finding)); }, options_.indicators)) {
}

Detection::~Detection() = default;

void Detection::add(const FlowStep& step) {
  keep_time(step.last);
  for (const auto& detector : detectors_) detector->take(step);
}

void Detection::add(const Packet& packet, const FlowTable::Place& place) {
  keep_time(packet.time);
  if (place.flow) {
    const FlowStep step = step_of(packet, place);
    for (const auto& detector : detectors_) detector->take(step);
  }
  look(packet, place);
}

void Detection::look(const Packet& packet, const FlowTable::Place& place) {
  keep_time(packet.time);
  if (packet.verdict == kDropped) {
    for (const auto& detector : detectors_) detector->take_dropped(packet, place);
    if (!place.flow) return;
  }
  if (place.flow) {
    const FlowStep step = step_of(packet, place);
    for (const auto& detector : detectors_) detector->look(step);
  }
  if (is_odd(*packet.facts))
    for (const auto& detector : detectors_) detector->take(packet);
}

void Detection::add(const HandshakeView& handshake) {
  for (const auto& detector : detectors_) detector->take(handshake);
}

void Detection::end(const FlowView& flow) {
  for (const auto& detector : detectors_) detector->end(flow);
}

void Detection::finish() {
  for (const auto& detector : detectors_) detector->finish();
  while (open() > 0) close_oldest();
}

std::size_t Detection::memory() const {
  std::size_t bytes = 0;
  for (const auto& detector : detectors_) bytes += detector->memory();
  return bytes;
}

void Detection::keep_time(Nanoseconds now) {
  if (now <= now_) return;
  now_ = now;
  if (now_ - ticked_ < kTick) return;
  ticked_ = now_;
  for (const auto& detector : detectors_) detector->tick(now_);
  while (!open_.empty() && now_ - open_.front().last > options_.quiet) close(open_.begin());
  while (!slow_.empty() && now_ - slow_.front().last > options_.slow_quiet) close(slow_.begin());
}

void Detection::take(Finding finding) {
  const Key key{finding.detector, finding.kind, finding.source, finding.target, finding.port};
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) {
    if (open() == options_.open) close_oldest();
    told_(finding, FindingNews::kRaised);
    Open& list = list_of(finding);
    list.push_back(std::move(finding));
    by_key_.emplace(key, Known{std::prev(list.end()), now_});
    return;
  }
  Finding& open = *known->second.finding;
  Open& list = list_of(open);
  const bool graver = finding.severity > open.severity;
  if (finding.severity >= open.severity) {
    open.severity = finding.severity;
    open.why = std::move(finding.why);
  }
  open.last = std::max(open.last, finding.last);
  open.packets = std::max(open.packets, finding.packets);
  open.bytes = std::max(open.bytes, finding.bytes);
  open.score = std::max(open.score, finding.score);
  list.splice(list.end(), list, known->second.finding);
  if (!graver && now_ - known->second.told < kToldEvery) return;
  known->second.told = now_;
  told_(open, FindingNews::kGrown);
}

void Detection::close_oldest() {
  close(open_.empty() ? slow_.begin() : open_.begin());
}

void Detection::close(Open::iterator finding) {
  told_(*finding, FindingNews::kOver);
  by_key_.erase({finding->detector, finding->kind, finding->source, finding->target, finding->port});
  list_of(*finding).erase(finding);
}

}  // namespace vedette
