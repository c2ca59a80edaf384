#include "detect/feed_hits.h"

#include <fmt/format.h>

#include "decode/handshake_facts.h"
#include "detect/flow_finding.h"
#include "detect/quoted_text.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

// Both sides sent something that isn't a refusal.
bool converses(const Flow& flow) {
  if (flow.sent[kResponder].packets == 0) return false;
  const FlowState state = flow_state(flow);
  return flow.key.protocol != VDT_IP_TCP ||
         (state != FlowState::kSynSent && state != FlowState::kSynReceived &&
          flow.tcp_flags[kResponder] != (VDT_TCP_RST | VDT_TCP_ACK));
}

// "example.com:8080", as HTTP's Host has it.
std::string_view without_port(std::string_view host) {
  return host.substr(0, host.find(':'));
}

// One step less where it is a URL of the host alone.
Severity of(const IndicatorHit& hit, Severity severity) {
  return hit.of_url ? static_cast<Severity>(static_cast<int>(severity) - 1) : severity;
}

std::string listed(const IndicatorHit& hit) {
  return fmt::format("the feed {} lists {}{}", hit.feed, hit.of_url ? "a URL of " : "", hit.indicator);
}

}  // namespace

void FeedHits::take(const FlowStep& step) {
  if (step.begins) tell_address(step.flow, false);
}

void FeedHits::end(const FlowView& view) {
  tell_address(view.flow, converses(view.flow));
}

void FeedHits::tell_address(const Flow& flow, bool conversed) const {
  if (flow.key.ip_version == 0 || !indicators_) return;
  const auto to = indicators_->find(flow.key.dst, flow.key.ip_version);
  const auto from = to ? std::nullopt : indicators_->find(flow.key.src, flow.key.ip_version);
  if (!to && !from) return;
  const IndicatorHit& hit = to ? *to : *from;
  // Who comes from a listed address and isn't answered got nowhere.
  const Severity tried = to ? Severity::kMedium : Severity::kLow;
  Finding finding = finding_about(flow, "feed_address", FindingKind::kBlocklistHit,
                                  of(hit, conversed ? Severity::kHigh : tried));
  finding.by_victim = to.has_value();
  finding.why = fmt::format("{} {}: {}", flow_ends_text(flow),
                            conversed ? "speak with each other" : "had contact", listed(hit));
  raise(std::move(finding));
}

void FeedHits::take(const HandshakeView& handshake) {
  if (!indicators_) return;
  const std::string_view app = handshake.handshake.app;
  if (app == "dns") return tell_domain(handshake, "query", Severity::kMedium);
  if (app == "http") return tell_domain(handshake, "host", Severity::kHigh);
  tell_domain(handshake, "sni", Severity::kHigh);
  for (const std::string_view fact : {"ja3", "ja3s", "ja4", "hassh", "hassh_server"})
    tell_fingerprint(handshake, fact, Severity::kMedium);
  for (const std::string_view fact : {"cert_sha1", "cert_sha256"})
    tell_fingerprint(handshake, fact, Severity::kHigh);
}

void FeedHits::tell_domain(const HandshakeView& handshake, std::string_view fact, Severity severity) const {
  const std::string_view name = without_port(text_of_fact(handshake.handshake, fact));
  const auto hit = indicators_->find_domain(name);
  if (!hit) return;
  Finding finding =
      finding_about(handshake.flow, "feed_domain", FindingKind::kMaliciousDomain, of(*hit, severity));
  finding.why =
      fmt::format("{} {} {}: {}", prefix_text(host(handshake.flow.key.src, handshake.flow.key.ip_version)),
                  fact == "query" ? "asked for the address of" : "turned to", in_quotes(name), listed(*hit));
  raise(std::move(finding));
}

void FeedHits::tell_fingerprint(const HandshakeView& handshake, std::string_view fact,
                                Severity severity) const {
  const auto hit = indicators_->find_fingerprint(text_of_fact(handshake.handshake, fact));
  if (!hit) return;
  Finding finding =
      finding_about(handshake.flow, "feed_fingerprint", FindingKind::kMaliciousFingerprint, severity);
  finding.why = fmt::format("{} show the {} {}, which the feed {} lists", flow_ends_text(handshake.flow),
                            fact, hit->indicator, hit->feed);
  raise(std::move(finding));
}

}  // namespace vedette
