#include "detect/flood_text.h"

#include <fmt/format.h>

#include <cmath>

namespace vedette {

namespace {

std::string sources_text(const FloodKind& kind, const FloodDetail& detail) {
  const double distinct = detail.sources.distinct();
  if (detail.source && distinct < 2) return fmt::format("all from {}", prefix_text(*detail.source));
  // Who answers to the victim's forged address is no forged source itself.
  const std::string_view spoofed = kind.kind == FindingKind::kAmplification ? ": reflectors" : ": forged";
  const std::string number = distinct >= HashedSpread::kMostDistinct
                                 ? fmt::format("more than {:.0f}", std::floor(HashedSpread::kMostDistinct))
                                 : fmt::format("some {:.0f}", std::max(1.0, distinct));
  return fmt::format("from {} source{} (spread {:.2f} of 1{})", number, distinct < 1.5 ? "" : "s",
                     detail.sources.spread(), detail.spoofed() ? spoofed : "");
}

// "SA" of 0x12, as in packets.
std::string flags_text(std::uint8_t flags) {
  constexpr std::string_view kLetters = "FSRPAUEC";
  std::string text;
  for (std::size_t bit = 0; bit < kLetters.size(); bit++)
    if (flags >> bit & 1) text += kLetters[bit];
  return text.empty() ? "none" : text;
}

std::string pattern_text(const FloodKind& kind, const FloodDetail& detail) {
  std::string text;
  const auto& length = detail.top_lengths.top();
  if ((length.count - length.error) * 2ULL > detail.sources.count())
    text += fmt::format(", mostly of {} bytes", length.thing);
  const auto& flags = detail.top_flags.top();
  if (kind.detector == "tcp_flood" && (flags.count - flags.error) * 2ULL > detail.sources.count())
    text += fmt::format(", flags {}", flags_text(flags.thing));
  return text;
}

}  // namespace

std::string flood_text(const FloodKind& kind, const Finding& finding, const FloodLoad& load,
                       const FloodDetail* detail) {
  const bool host = finding.target->length == Prefix::longest(finding.target->ip_version);
  std::string text =
      fmt::format("{} gets {:.0f} {} a second", prefix_text(*finding.target), finding.score, kind.what);
  if (finding.port)
    text += fmt::format(" at port {}", *finding.port);
  else if (host && detail != nullptr && detail->asked.estimate() > 1)
    text +=
        fmt::format(" at {} ports (spread {:.2f} of 1)", detail->asked.estimate(), detail->ports.spread());
  if (!host && detail != nullptr)
    text += fmt::format(" at {} of its addresses, none of which gets a flood of its own",
                        detail->targets.estimate());
  if (detail != nullptr) text += ", " + sources_text(kind, *detail) + pattern_text(kind, *detail);
  text +=
      fmt::format("; usual are {:.0f} ± {:.0f}, {:.0f} alarm", load.usual.mean() / FloodLoad::kTickSeconds,
                  load.usual.deviation() / FloodLoad::kTickSeconds, finding.threshold);
  return text;
}

}  // namespace vedette
