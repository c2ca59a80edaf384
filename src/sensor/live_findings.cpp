#include "sensor/live_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/human_text.h"
#include "detect/finding_json.h"

namespace vedette {

namespace {

constexpr std::size_t kKept = 10'000;

std::string line_of(const Finding& finding, const Response& response) {
  const std::string_view done = response.action == FindingAction::kBlocked      ? ", blocked"
                                : response.action == FindingAction::kWouldBlock ? ", would be blocked"
                                : response.action == FindingAction::kLimited    ? ", limited"
                                                                                : "";
  return fmt::format("{} ({}, finding {}): {}{}{}{}", finding_kind_name(finding.kind),
                     severity_name(finding.severity), finding_id(finding), finding.why, done,
                     response.why_not.empty() ? "" : ", not blocked: ", response.why_not);
}

}  // namespace

LiveFindings::LiveFindings(ResponseOptions options, EvidenceOptions evidence,
                           std::function<void(const std::string&)> note, Store* store)
    : options_(std::move(options)),
      note_(std::move(note)),
      evidence_(std::move(evidence), note_),
      rules_(evidence_.ring(), options_.ttl, options_.longest, note_),
      store_(store),
      detection_([this](const Finding& finding, FindingNews news) { told(finding, news); }) {}

void LiveFindings::take(const RecordDelta& growth, const FlowTable::Place& place) {
  if (place.flow == nullptr) return;
  detection_.add(FlowStep{.flow = *place.flow,
                          .side = place.side,
                          .begins = place.created,
                          .packets = growth.packets,
                          .bytes = growth.bytes,
                          .last = growth.last,
                          .tcp_flags = growth.tcp_flags,
                          .max_length = growth.max_length,
                          .packet = nullptr,
                          .captured = {},
                          .outer = growth.outer});
}

Finding* LiveFindings::kept(std::uint64_t number) {
  if (kept_.empty() || number < kept_.front().number) return nullptr;
  const std::size_t at = number - kept_.front().number;
  return at < kept_.size() ? &kept_[at].finding : nullptr;
}

void LiveFindings::told(const Finding& finding, FindingNews news) {
  const std::lock_guard lock(mutex_);
  if (news == FindingNews::kRaised) {
    const std::uint64_t number = ++raised_;
    count(finding);
    if (kept_.size() == kKept) kept_.pop_front();
    kept_.push_back({number, finding});
    numbers_.insert_or_assign(finding_id(finding), number);
    unanswered_.push_back({number, finding});
    return;
  }
  const auto number = numbers_.find(finding_id(finding));
  if (number == numbers_.end()) return;
  if (Finding* known = kept(number->second)) {
    if (finding.severity > known->severity) {
      count(finding);
      unanswered_.push_back({number->second, finding});
    }
    const FindingAction action = known->action;
    const Nanoseconds expires = known->expires;
    *known = finding;
    known->action = action;
    known->expires = expires;
    // It goes on though what was done about it has ended.
    if (expires != Nanoseconds{} && finding.last >= expires) {
      known->action = FindingAction::kNone;
      known->expires = Nanoseconds{};
      unanswered_.push_back({number->second, finding});
    }
    if (store_ && news == FindingNews::kOver) store_->put(*known);
  }
  if (news == FindingNews::kOver) numbers_.erase(number);
}

void LiveFindings::answer(Nanoseconds now) {
  std::vector<Kept> due;
  {
    const std::lock_guard lock(mutex_);
    due.swap(unanswered_);
  }
  for (Kept& one : due) {
    evidence_.collect(one.finding, now);
    Response response{
        .action = one.finding.action, .expires = one.finding.expires, .why_not = {}};  // before it was told
    if (response.action == FindingAction::kNone && responder_)
      response = responder_->answer(one.finding, now);
    const bool unanswered = responder_ && response.action == FindingAction::kNone;
    if (unanswered && defend_) {
      const Response by_state = defend_(one.finding, responder_->mode_of(one.finding), now);
      if (by_state.action != FindingAction::kNone || !by_state.why_not.empty()) response = by_state;
    }
    if (one.finding.severity >= Severity::kMedium) note_(line_of(one.finding, response));
    if (unanswered) rules_.consider(one.finding, responder_->mode_of(one.finding), now);
    one.finding.action = response.action;
    one.finding.expires = response.expires;
    one.finding.evidence = evidence_.store().has(finding_id(one.finding));
    if (hooks_) hooks_->tell(one.finding);
    for (const auto& subscriber : subscribers_) subscriber->finding(one.finding);
    if (store_) store_->put(one.finding);
    const std::lock_guard lock(mutex_);
    Finding* known = kept(one.number);
    if (known != nullptr && response.action != FindingAction::kNone) {
      known->action = response.action;
      known->expires = response.expires;
    }
  }
  evidence_.go_on(now);
  rules_.go_on(now, [this](const std::string& id, FindingAction action, Nanoseconds expires) {
    armed(id, action, expires);
  });
}

void LiveFindings::armed(const std::string& id, FindingAction action, Nanoseconds expires) {
  const std::lock_guard lock(mutex_);
  const auto number = numbers_.find(id);
  Finding* known = number == numbers_.end() ? nullptr : kept(number->second);
  if (known == nullptr) return;
  known->action = action;
  known->expires = expires;
}

void LiveFindings::count(const Finding& finding) {
  raised_of_[static_cast<std::size_t>(finding.kind)][static_cast<std::size_t>(finding.severity)]++;
}

FindingCounts LiveFindings::counts() const {
  const std::lock_guard lock(mutex_);
  FindingCounts counts{.raised = {}, .open = numbers_.size()};
  for (std::size_t kind = 0; kind < kFindingKinds; kind++)
    for (std::size_t severity = 0; severity < kSeverities; severity++)
      counts.raised.push_back({.kind = finding_kind_name(static_cast<FindingKind>(kind)),
                               .severity = severity_name(static_cast<Severity>(severity)),
                               .raised = raised_of_[kind][severity]});
  return counts;
}

std::size_t LiveFindings::open_now() {
  const std::lock_guard lock(mutex_);
  return numbers_.size();
}

EvidenceAnswer LiveFindings::evidence(const std::string& id) {
  if (!evidence_.store().has(id)) {
    const std::lock_guard lock(mutex_);
    const bool known =
        std::ranges::any_of(kept_, [&](const Kept& one) { return finding_id(one.finding) == id; });
    if (!known) return {.pcapng = {}, .why_not = fmt::format("there is no finding {}", id)};
    const auto health = evidence_.health();
    if (!health)
      return {.pcapng = {}, .why_not = "the sensor keeps no evidence: it was started without --state"};
    if (!health->writing)
      return {.pcapng = {}, .why_not = fmt::format("finding {} has no evidence: {}", id, health->why_not)};
    return {.pcapng = {},
            .why_not = fmt::format(
                "finding {} has no evidence: it isn't severe enough, none of its packets were told, "
                "or later findings' evidence took its place",
                id)};
  }
  auto bytes = evidence_.store().read(id);
  if (!bytes) return {.pcapng = {}, .why_not = bytes.error().text()};
  return {.pcapng = std::move(*bytes), .why_not = {}};
}

FindingPage LiveFindings::page(const FindingQuery& query) {
  const std::lock_guard lock(mutex_);
  FindingPage page;
  page.raised = raised_;
  page.last = query.after;
  for (const Kept& one : kept_) {
    if (one.number <= query.after) continue;
    if (page.findings.size() == query.limit) break;
    page.last = one.number;
    if (one.finding.severity < query.least) continue;
    if (!query.kind.empty() && finding_kind_name(one.finding.kind) != query.kind) continue;
    fmt::memory_buffer text;
    JsonWriter json(text);
    Finding told = one.finding;
    told.evidence = evidence_.store().has(finding_id(told));
    write_finding(json, told);
    page.findings.push_back(fmt::to_string(text));
  }
  page.more = !kept_.empty() && page.last < kept_.back().number;
  return page;
}

}  // namespace vedette
