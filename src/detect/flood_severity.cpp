#include "detect/flood_severity.h"

namespace vedette {

FloodSources flood_sources(const FloodDetail* detail) {
  if (detail == nullptr || detail->sources.distinct() < FloodDetail::kManySources) return FloodSources::kFew;
  return detail->spoofed() ? FloodSources::kForged : FloodSources::kMany;
}

Severity flood_severity(FloodClass flood, double rate, FloodSources sources) {
  const double floor = flood_kind(flood).floor;
  const bool few = sources == FloodSources::kFew;
  const bool long_flows = flood == kFloodHeld || flood == kFloodBytes;
  if (rate >= floor * 1000 && !(long_flows && few)) return Severity::kCritical;
  if (few && long_flows) return Severity::kMedium;
  if (few && (flood == kFloodUdp || flood == kFloodOther || flood == kFloodTunnel))
    return rate >= flood_kind(kFloodHeld).floor ? Severity::kHigh : Severity::kMedium;
  const double high = sources == FloodSources::kForged && !long_flows ? 2 : 10;
  return rate >= floor * high ? Severity::kHigh : Severity::kMedium;
}

}  // namespace vedette
