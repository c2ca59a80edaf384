#include "sensor/proxied_floods.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "detect/flood_load.h"
#include "detect/flood_severity.h"

namespace vedette {

namespace {

constexpr Nanoseconds kOver = std::chrono::seconds(60);  // as other floods'

// SYNs that were answered and came to nothing, so far.
std::uint64_t unanswered(const vdt_proxy_counts& counts) {
  return counts.challenged > counts.verified ? counts.challenged - counts.verified : 0;
}

}  // namespace

void ProxiedFloods::look(std::span<const ProxyStatus> proxies, Nanoseconds now) {
  std::erase_if(ports_, [&](const auto& known) {
    const auto of_it = [&](const ProxyStatus& one) { return one.request.port == known.first; };
    if (std::ranges::any_of(proxies, of_it)) return false;
    if (known.second.open) told_(known.second.finding, FindingNews::kOver);
    return true;
  });
  for (const ProxyStatus& proxy : proxies) {
    const std::uint64_t counted = unanswered(proxy.counts);
    const auto [known, fresh] = ports_.try_emplace(proxy.request.port);
    Port& port = known->second;
    // A proxy that was started anew under the same port counts from 0.
    if (!fresh && counted >= port.unanswered) judge(port, proxy, counted - port.unanswered, now);
    port.unanswered = counted;
    port.looked = now;
  }
}

void ProxiedFloods::judge(Port& port, const ProxyStatus& proxy, std::uint64_t more, Nanoseconds now) {
  const double seconds = std::chrono::duration<double>(now - port.looked).count();
  if (seconds <= 0) return;
  const FloodKind& kind = flood_kind(kFloodSyn);
  const double rate = static_cast<double>(more) / seconds;
  Finding& finding = port.finding;
  if (rate < kind.floor) {
    if (!port.open || now - finding.last <= kOver) return;
    port.open = false;
    told_(finding, FindingNews::kOver);
    return;
  }
  const bool raised = !port.open;
  if (raised) {
    finding = Finding{};
    finding.detector = kind.detector;
    finding.kind = kind.kind;
    finding.port = proxy.request.port;
    if (proxy.request.addresses.size() == 1) finding.target = proxy.request.addresses.front();
    finding.first = port.looked;
    finding.detected = now;
    finding.threshold = kind.floor;
    finding.action = FindingAction::kLimited;
    port.open = true;
  }
  finding.last = now;
  finding.packets += more;
  // Who answers a cookie isn't among these.
  finding.severity = std::max(finding.severity, flood_severity(kFloodSyn, rate, FloodSources::kForged));
  if (rate > finding.score) {
    finding.score = rate;
    finding.why = fmt::format(
        "the SYN proxy of port {} answers {:.0f} SYNs a second that nobody goes on with; {:.0f} alarm",
        proxy.request.port, rate, kind.floor);
  }
  told_(finding, raised ? FindingNews::kRaised : FindingNews::kGrown);
}

}  // namespace vedette
