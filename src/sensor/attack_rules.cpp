#include "sensor/attack_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "act/attack_signature.h"
#include "act/flood_limit.h"
#include "packet/parse.h"
#include "policy/policy_sentence.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kTryEvery = 500ms, kTryFor = 10s;
// For a signature there may be too few packets of the attack at first.
constexpr Nanoseconds kLimitAfter = 1s;
// Before the packet that convicted: a finding's first packet may be a clean one, as it is the first of its
// window. An attack is told within a second.
constexpr Nanoseconds kAttackFrom = 100ms, kCleanUntil = 1500ms;
constexpr std::size_t kCases = 16, kKnown = 256;
// Of each sample the latest: looking through more would hold up the engine's thread for tens of milliseconds.
constexpr std::size_t kAttack = 500, kClean = 1000;
// With fewer, even a signature that takes none of them isn't proven harmless.
constexpr std::size_t kCleanOfTarget = 300;

bool is_flood(FindingKind kind) {
  return kind == FindingKind::kSynFlood || kind == FindingKind::kUdpFlood ||
         kind == FindingKind::kIcmpFlood || kind == FindingKind::kAmplification ||
         kind == FindingKind::kVolumetric;
}

// The latest so many.
class Latest {
 public:
  explicit Latest(std::size_t most) : most_(most) {}

  void add(std::uint64_t place, const KeptHead& head) {
    heads_.emplace_back(place, head.length);
    if (heads_.size() > most_) heads_.pop_front();
  }
  [[nodiscard]] std::vector<SampledPacket> packets(const EvidenceRing& ring) const {
    std::vector<SampledPacket> all;
    all.reserve(heads_.size());
    for (const auto& [place, length] : heads_) {
      const auto bytes = ring.bytes_at(place);
      SampledPacket& one = all.emplace_back();
      parse_packet(LinkType::kEthernet, bytes, length, one.packet);
      if (one.packet.core.fragment > VDT_FRAGMENT_FIRST) continue;  // of which rules see no payload
      const std::size_t payload = one.packet.core.payload_offset;
      if (payload != 0 && payload < bytes.size())
        one.payload.assign(bytes.begin() + static_cast<std::ptrdiff_t>(payload), bytes.end());
    }
    return all;
  }

 private:
  std::size_t most_;
  std::deque<std::pair<std::uint64_t, std::uint32_t>> heads_;
};

}  // namespace

void AttackRules::consider(const Finding& finding, ResponseMode mode, Nanoseconds now) {
  if (!arm_ || mode == ResponseMode::kOff || finding.source || !is_flood(finding.kind)) return;
  if (!finding.target || cases_.size() == kCases) return;
  const std::string id = finding_id(finding);
  const auto known = std::ranges::find(known_, id, &Known::id);
  if (known != known_.end() && known->ends > now) return;
  if (std::ranges::any_of(cases_, [&](const Case& one) { return finding_id(one.finding) == id; })) return;
  Case& one = cases_.emplace_back();
  one.finding = finding;
  one.ttl = ttl_;
  if (known != known_.end()) {
    one.ttl = std::min(known->ttl * 4, longest_);
    one.finding.detected = now;  // the attack is what comes from now on
    one.before = known->rule;
  }
  one.observe = observes(mode);
  one.begun = now;
}

void AttackRules::go_on(Nanoseconds now, const Armed& armed) {
  std::erase_if(cases_, [&](Case& one) {
    if (now - one.tried < kTryEvery) return false;
    one.tried = now;
    if (try_to_arm(one, now, armed)) return true;
    if (now - one.begun < kTryFor) return false;
    if (!one.limited)
      note_(fmt::format("finding {}: no rule was found for it: {}", finding_id(one.finding), one.why_not));
    return true;
  });
}

AttackRules::Samples AttackRules::samples_of(const Finding& finding) const {
  const Prefix& target = *finding.target;
  Latest attack(kAttack), clean(kClean), to_others(kClean);
  ring_.for_each(0, [&](std::uint64_t place, const KeptHead& head) {
    if (head.dropped || head.direction != VDT_DIRECTION_IN) return;
    const bool to_target = target.holds(head.target);
    if (to_target && head.time >= finding.detected - kAttackFrom) attack.add(place, head);
    if (head.time < finding.detected - kCleanUntil) (to_target ? clean : to_others).add(place, head);
  });
  Samples samples{.attack = attack.packets(ring_), .clean = clean.packets(ring_)};
  if (samples.clean.size() >= kCleanOfTarget) return samples;
  for (SampledPacket& other : to_others.packets(ring_)) {
    if (other.packet.core.key.ip_version != target.ip_version) continue;
    other.packet.core.key.dst = target.address;
    samples.clean.push_back(std::move(other));
  }
  return samples;
}

bool AttackRules::try_to_arm(Case& one, Nanoseconds now, const Armed& armed) {
  const Samples samples = samples_of(one.finding);
  if (arm_again(one, samples, now, armed) || arm_signature(one, samples, now, armed)) return true;
  if (!one.limited && now - one.begun >= kLimitAfter) arm_limit(one, samples, now, armed);
  return false;
}

bool AttackRules::arm_again(Case& one, const Samples& samples, Nanoseconds now, const Armed& armed) {
  const SignatureLimits limits;
  if (!one.before || samples.attack.size() < limits.least_sample) return false;
  const auto taken = static_cast<double>(taken_by(one.before->match, samples.attack));
  if (taken < limits.least_cover * static_cast<double>(samples.attack.size())) return false;
  return arm_drop(one, *one.before, now, armed);
}

bool AttackRules::arm_signature(Case& one, const Samples& samples, Nanoseconds now, const Armed& armed) {
  const auto found = find_signature(*one.finding.target, samples.attack, samples.clean);
  if (!found) {
    one.why_not = found.error().what;
    return false;
  }
  if (!found->harmless) {
    one.why_not =
        fmt::format("what {} of {} of its packets share, {} of {} clean ones share too, or up to {:.1f} %",
                    found->covered, found->attack, found->harmed, found->clean, 100 * found->harm_at_worst);
    return false;
  }
  Rule rule;
  rule.name = "auto-" + finding_id(one.finding);
  rule.match = found->match;
  rule.verdict = RuleVerdict::kDrop;
  rule.observe = one.observe;
  rule.reason =
      fmt::format("{}: {} of {} of its packets, {} of {} clean ones", finding_kind_name(one.finding.kind),
                  found->covered, found->attack, found->harmed, found->clean);
  return arm_drop(one, std::move(rule), now, armed);
}

bool AttackRules::arm_drop(Case& one, Rule rule, Nanoseconds now, const Armed& armed) {
  const std::string id = finding_id(one.finding);
  one.why_not = arm(rule, id, one.ttl);
  if (!one.why_not.empty()) return false;
  know({.id = id, .ttl = one.ttl, .ends = now + one.ttl, .rule = std::move(rule)});
  armed(id, one.observe ? FindingAction::kWouldBlock : FindingAction::kBlocked, now + one.ttl);
  return true;
}

void AttackRules::arm_limit(Case& one, const Samples& samples, Nanoseconds now, const Armed& armed) {
  auto rule = flood_limit(one.finding, samples.attack);
  if (!rule) return;
  const std::string id = finding_id(one.finding);
  rule->name = fmt::format("auto-{}-limit", id);
  rule->observe = one.observe;
  rule->reason =
      fmt::format("{}: what its packets share, others have too", finding_kind_name(one.finding.kind));
  if (!arm(*rule, id, one.ttl).empty()) return;
  one.limited = true;
  know({.id = id, .ttl = one.ttl, .ends = now + one.ttl, .rule = {}});
  armed(id, one.observe ? FindingAction::kWouldBlock : FindingAction::kLimited, now + one.ttl);
}

std::string AttackRules::arm(const Rule& rule, const std::string& id, Nanoseconds ttl) {
  if (auto done = arm_(rule, ttl, {.kind = ActorKind::kFinding, .finding = id}); !done)
    return done.error().text();
  note_(fmt::format("finding {}: {} ({})", id, rule_sentence(rule), rule.reason));
  return {};
}

void AttackRules::know(Known known) {
  std::erase_if(known_, [&](const Known& one) { return one.id == known.id; });
  known_.push_back(std::move(known));
  if (known_.size() > kKnown) known_.pop_front();
}

}  // namespace vedette
