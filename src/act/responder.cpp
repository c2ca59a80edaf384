#include "act/responder.h"

#include <fmt/format.h>

#include <algorithm>

#include "act/detector_names.h"
#include "policy/near_word.h"
#include "policy/policy_words.h"

namespace vedette {

namespace {

constexpr std::size_t kOffenders = 65'536;  // remembered at once

// Kinds that name who attacks. A beacon's or a tunnel's source is who was broken into, a guest of the
// operator's own.
bool names_an_attacker(FindingKind kind) {
  switch (kind) {
    case FindingKind::kBeacon:
    case FindingKind::kDnsTunnel:
    case FindingKind::kOutdatedProtocol:
    case FindingKind::kMaliciousDomain:
    case FindingKind::kMaliciousFingerprint:
    case FindingKind::kAnomaly:
      return false;
    default:
      return true;
  }
}

std::vector<std::string_view> kinds_and_detectors() {
  std::vector<std::string_view> all(known_detectors().begin(), known_detectors().end());
  for (std::size_t kind = 0; kind < kFindingKinds; kind++)
    all.push_back(finding_kind_name(static_cast<FindingKind>(kind)));
  return all;
}

// No more than an attacker's own network.
bool is_narrow(const Prefix& source) {
  return source.length >= (source.ip_version == 4 ? 24 : 48);
}

}  // namespace

std::optional<ResponseMode> response_mode(std::string_view name) {
  if (name == "off") return ResponseMode::kOff;
  if (name == "observe") return ResponseMode::kObserve;
  if (name == "enforce") return ResponseMode::kEnforce;
  if (name == "observe-port") return ResponseMode::kObservePort;
  if (name == "enforce-port") return ResponseMode::kEnforcePort;
  return {};
}

bool responds(const ResponseOptions& options) {
  const auto does = [](const auto& one) { return one.second != ResponseMode::kOff; };
  return options.mode != ResponseMode::kOff || std::ranges::any_of(options.of_kind, does) ||
         std::ranges::any_of(options.of_detector, does);
}

Result<void> take_response(ResponseOptions& options, std::string_view text) {
  constexpr std::string_view kDetector = "detector:";
  const std::size_t equals = text.find('=');
  const std::string_view word = equals == std::string_view::npos ? text : text.substr(equals + 1);
  const auto mode = response_mode(word);
  if (!mode)
    return std::unexpected(unexpected_word("off, observe, enforce, observe-port or enforce-port", word));
  if (equals == std::string_view::npos) {
    options.mode = *mode;
    return {};
  }
  const std::string_view whose = text.substr(0, equals);
  if (const auto kind = finding_kind_named(whose)) {
    options.of_kind[*kind] = *mode;
    return {};
  }
  const std::string_view detector = whose.starts_with(kDetector) ? whose.substr(kDetector.size()) : whose;
  if (!std::ranges::binary_search(known_detectors(), detector))
    return std::unexpected(unexpected_word("a kind of finding or a detector", whose,
                                           did_you_mean(detector, kinds_and_detectors())));
  options.of_detector.insert_or_assign(std::string(detector), *mode);
  return {};
}

ResponseMode Responder::mode_of(const Finding& finding) const {
  if (finding.by_victim) return ResponseMode::kOff;
  if (finding.severity < options_.least) return ResponseMode::kOff;
  if (const auto of = options_.of_detector.find(finding.detector); of != options_.of_detector.end())
    return of->second;
  const auto named = options_.of_kind.find(finding.kind);
  if (named != options_.of_kind.end()) return named->second;
  return names_an_attacker(finding.kind) ? options_.mode : ResponseMode::kOff;
}

Nanoseconds Responder::ttl_for(const Prefix& source, Nanoseconds now) {
  if (offenders_.size() >= kOffenders)
    std::erase_if(offenders_, [&](const auto& one) { return now - one.second.ends > options_.ttl; });
  if (offenders_.size() >= kOffenders) offenders_.clear();
  Offender& offender = offenders_[source];
  const bool again = offender.ttl != Nanoseconds{} && now - offender.ends < options_.longest;
  offender.ttl = again ? std::min(offender.ttl * 4, options_.longest) : options_.ttl;
  offender.ends = now + offender.ttl;
  return offender.ttl;
}

Response Responder::keep_from_port(const Finding& finding, bool observe, Nanoseconds now) {
  const FindingAction action = observe ? FindingAction::kWouldBlock : FindingAction::kBlocked;
  const std::string id = finding_id(finding);
  std::erase_if(armed_, [now](const auto& one) { return one.second <= now; });
  if (const auto known = armed_.find(id); known != armed_.end())
    return {.action = action, .expires = known->second, .why_not = {}};
  if (!arm_) return {.why_not = "rules can't be armed"};
  Rule rule;
  rule.name = "auto-" + id;
  rule.match.source = {*finding.source};
  rule.match.destination = {*finding.target};
  rule.match.destination_port = {{*finding.port, *finding.port}};
  rule.verdict = RuleVerdict::kDrop;
  rule.observe = observe;
  rule.reason = fmt::format("{}: the attacked port alone", finding_kind_name(finding.kind));
  const Nanoseconds ttl = ttl_for(*finding.source, now);
  if (auto done = arm_(std::move(rule), ttl, {.kind = ActorKind::kFinding, .finding = id}); !done)
    return {.why_not = done.error().text()};
  armed_.emplace(id, now + ttl);
  return {.action = action, .expires = now + ttl, .why_not = {}};
}

Response Responder::answer(const Finding& finding, Nanoseconds now) {
  const ResponseMode mode = mode_of(finding);
  if (mode == ResponseMode::kOff) return {};
  if (!finding.source) return {.why_not = "who does it isn't known, or forged"};
  if (!is_narrow(*finding.source)) return {.why_not = "the source is too wide a network"};
  const bool observe = observes(mode);
  if (const auto known = lists_.find(*finding.source)) {
    if (known->kind == ListKind::kAllow) return {.why_not = "the allow-list has the source"};
    const bool observes = known->entry.flags & VDT_LISTED_OBSERVE;
    if (!observes || observe)
      return {.action = observes ? FindingAction::kWouldBlock : FindingAction::kBlocked,
              .expires = known->expires.value_or(Nanoseconds{}),
              .why_not = {}};
  }
  const bool port_alone = mode == ResponseMode::kObservePort || mode == ResponseMode::kEnforcePort;
  if (port_alone && finding.port && finding.target) return keep_from_port(finding, observe, now);
  while (!ends_.empty() && ends_.front() <= now) ends_.pop_front();
  if (const std::size_t most = most_(); ends_.size() >= most)
    return {.why_not =
                fmt::format("{} sources are blocked by findings already, and {} may be", ends_.size(), most)};
  ListChange change;
  change.prefix = *finding.source;
  change.observe = observe;
  change.reason = fmt::format("{} {}", finding_kind_name(finding.kind), finding_id(finding));
  change.by = {.kind = ActorKind::kFinding, .finding = finding_id(finding)};
  change.ttl = ttl_for(*finding.source, now);
  const auto listed = lists_.put(change);
  if (!listed) return {.why_not = listed.error().text()};
  ends_.insert(std::ranges::upper_bound(ends_, now + *change.ttl), now + *change.ttl);
  return {.action = observe ? FindingAction::kWouldBlock : FindingAction::kBlocked,
          .expires = listed->expires.value_or(Nanoseconds{}),
          .why_not = {}};
}

}  // namespace vedette
