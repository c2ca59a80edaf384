#include "sensor/attack_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "act/attack_signature.h"
#include "packet/parse.h"
#include "policy/policy_sentence.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kTryEvery = 500ms, kTryFor = 10s;
// Before the packet that convicted: a finding's first packet may be a clean one, as it is the first of its
// window. An attack is told within a second.
constexpr Nanoseconds kAttackFrom = 100ms, kCleanUntil = 1500ms;
constexpr std::size_t kCases = 16, kArmedKnown = 256;
// Of each sample the latest: looking through more would hold up the engine's thread for tens of milliseconds.
constexpr std::size_t kAttack = 500, kClean = 1000;
// With fewer, even a signature that takes none of them isn't proven harmless.
constexpr std::size_t kCleanOfTarget = 300;

bool is_flood(FindingKind kind) {
  return kind == FindingKind::kSynFlood || kind == FindingKind::kUdpFlood ||
         kind == FindingKind::kIcmpFlood || kind == FindingKind::kAmplification ||
         kind == FindingKind::kVolumetric;
}

bool is_host(const Prefix& prefix) {
  return prefix.length == Prefix::longest(prefix.ip_version);
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
  if (!finding.target || !is_host(*finding.target) || cases_.size() == kCases) return;
  const std::string id = finding_id(finding);
  if (std::ranges::find(armed_, id) != armed_.end()) return;
  if (std::ranges::any_of(cases_, [&](const Case& one) { return finding_id(one.finding) == id; })) return;
  cases_.push_back({.finding = finding, .observe = observes(mode), .begun = now, .tried = {}, .why_not = {}});
}

void AttackRules::go_on(Nanoseconds now, const Armed& armed) {
  std::erase_if(cases_, [&](Case& one) {
    if (now - one.tried < kTryEvery) return false;
    one.tried = now;
    if (try_to_arm(one, now, armed)) return true;
    if (now - one.begun < kTryFor) return false;
    note_(fmt::format("finding {}: no rule was found for it: {}", finding_id(one.finding), one.why_not));
    return true;
  });
}

bool AttackRules::try_to_arm(Case& one, Nanoseconds now, const Armed& armed) {
  const Prefix& target = *one.finding.target;
  Latest attack(kAttack), clean(kClean), to_others(kClean);
  ring_.for_each(0, [&](std::uint64_t place, const KeptHead& head) {
    if (head.dropped || head.direction != VDT_DIRECTION_IN) return;
    const bool to_target = head.target == target;
    if (to_target && head.time >= one.finding.detected - kAttackFrom) attack.add(place, head);
    if (head.time < one.finding.detected - kCleanUntil) (to_target ? clean : to_others).add(place, head);
  });
  std::vector<SampledPacket> sample = clean.packets(ring_);
  if (sample.size() < kCleanOfTarget)
    for (SampledPacket& other : to_others.packets(ring_)) {
      if (other.packet.core.key.ip_version != target.ip_version) continue;
      other.packet.core.key.dst = target.address;
      sample.push_back(std::move(other));
    }
  const auto found = find_signature(target, attack.packets(ring_), sample);
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
  const std::string id = finding_id(one.finding);
  Rule rule;
  rule.name = "auto-" + id;
  rule.match = found->match;
  rule.verdict = RuleVerdict::kDrop;
  rule.observe = one.observe;
  rule.reason =
      fmt::format("{}: {} of {} of its packets, {} of {} clean ones", finding_kind_name(one.finding.kind),
                  found->covered, found->attack, found->harmed, found->clean);
  const std::string sentence = fmt::format("{} ({})", rule_sentence(rule), rule.reason);
  if (auto done = arm_(std::move(rule), ttl_, {.kind = ActorKind::kFinding, .finding = id}); !done) {
    one.why_not = done.error().text();
    return false;
  }
  note_(fmt::format("finding {}: {}", id, sentence));
  armed_.push_back(id);
  if (armed_.size() > kArmedKnown) armed_.pop_front();
  armed(id, one.observe ? FindingAction::kWouldBlock : FindingAction::kBlocked, now + ttl_);
  return true;
}

}  // namespace vedette
