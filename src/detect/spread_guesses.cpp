#include "detect/spread_guesses.h"

#include <fmt/format.h>

#include <chrono>

#include "detect/detector.h"
#include "detect/mixed_hash.h"

namespace vedette {

namespace {

constexpr Nanoseconds kWithin = std::chrono::hours(1);
constexpr std::uint64_t kRefusals = 100;
constexpr double kSources = 20;
constexpr std::uint64_t kForEachLogIn = 4;

}  // namespace

std::optional<Finding> SpreadGuesses::take(const Flow& flow, std::string_view app, std::uint64_t refused,
                                           bool accepted) {
  const PairKey key{flow.key.dst, {}, std::uint64_t{flow.key.dst_port} << 8 | flow.key.ip_version};
  bool made = false;
  Service* service = refused == 0 ? services_.find(key) : &services_.at(key, made);
  if (service == nullptr) return {};
  if (service->refused != 0 && flow.last - service->first > kWithin) *service = {};
  service->accepted += accepted ? 1 : 0;
  if (refused == 0) return {};
  if (service->refused == 0) service->first = flow.first;
  service->refused += refused;
  service->sources.add(mixed(flow.key.src, flow.key.ip_version));
  service->packets += flow.sent[kInitiator].packets;
  service->bytes += flow.sent[kInitiator].bytes;
  if (service->refused >= kRefusals / 10) services_.promote(key);
  if (service->refused < kRefusals || service->refused <= kForEachLogIn * service->accepted) return {};
  const double sources = service->sources.distinct();
  if (sources < kSources || !service->telling.is_due(flow.last, service->refused, Severity::kMedium))
    return {};
  Finding finding;
  finding.detector = "spread_guesses";
  finding.kind = FindingKind::kBruteForce;
  finding.severity = Severity::kMedium;
  finding.target = host(flow.key.dst, flow.key.ip_version);
  finding.port = flow.key.dst_port;
  finding.first = service->first;
  finding.detected = finding.last = flow.last;
  finding.packets = service->packets;
  finding.bytes = service->bytes;
  finding.score = static_cast<double>(service->refused);
  finding.threshold = static_cast<double>(kRefusals);
  finding.why = fmt::format(
      "{} refused {} log-ins by {} from some {:.0f} sources in {:.0f} s, and accepted {}: none of them "
      "guesses "
      "often enough to be told by itself",
      prefix_text(*finding.target), service->refused, app, sources,
      std::chrono::duration<double>(flow.last - service->first).count(), service->accepted);
  return finding;
}

}  // namespace vedette
