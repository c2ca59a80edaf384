#include "cli/top/header_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/human_text.h"

namespace vedette::top {

namespace {

constexpr const char* kViewNames[kViews] = {"flows",     "talkers", "services",  "versions",
                                            "protocols", "losses",  "interfaces"};

Line host_line(const Model& model, const PictureOptions& options) {
  const Snapshot& look = model.look();
  std::string attached;
  for (const InterfaceLook& one : look.interfaces) {
    if (!attached.empty()) attached += ", ";
    attached += one.name + " " + one.ingress;
  }
  const auto time = [](std::uint64_t ns) { return Nanoseconds(static_cast<std::int64_t>(ns)); };
  const std::string clock = time_of_day_text(time(look.time_ns)).substr(0, 8);
  const char* state = model.away() ? "NO ANSWER " : model.paused() ? "PAUSED " : "";
  const std::string right = fmt::format(" {}{} every {:g} s", state, clock, model.interval());
  const std::string title = "vedette ";
  const int room = options.size.columns - width(title) - width(right);
  const std::string left =
      fmt::format("{}  up {}  {}", options.host, duration_text(time(look.uptime_ns)), attached);
  return {{title, Tone::kStrong},
          {fitted(left, room, false, options.unicode), Tone::kPlain},
          {right, model.away()     ? Tone::kBad
                  : model.paused() ? Tone::kWarning
                                   : Tone::kDim}};
}

Line traffic_line(const char* name, const Rate& rate, const History& bytes, Tone tone,
                  const PictureOptions& options) {
  const std::string figures =
      fmt::format("{:<4}{:>8} pkt/s {:>11}/s ", name, rate_text(rate.packets), bits_text(rate.bytes));
  const double highest = bytes.empty() ? 0 : *std::max_element(bytes.begin(), bytes.end());
  const std::string peak = fmt::format(" max {}", fitted(bits_text(highest), 10, false, options.unicode));
  const int room = options.size.columns - width(figures) - width(peak);
  return {{figures, Tone::kStrong}, {sparkline(bytes, room, options.unicode), tone}, {peak, Tone::kDim}};
}

std::uint64_t lost_in_all(const Snapshot& look) {
  std::uint64_t lost = 0;
  for (const ReasonLook& one : look.losses) lost += one.count;
  return lost;
}

Span losses_span(const Snapshot& look) {
  const std::uint64_t lost = lost_in_all(look);
  if (lost == 0) return {"lost 0", Tone::kGood};
  const auto worst =
      std::max_element(look.losses.begin(), look.losses.end(),
                       [](const ReasonLook& a, const ReasonLook& b) { return a.count < b.count; });
  return {fmt::format("lost {} ({})", count_text(lost), worst->reason), Tone::kBad};
}

Line health_line(const Model& model, const PictureOptions& options) {
  const Snapshot& look = model.look();
  const Rates& rates = model.rates();
  Line line{losses_span(look)};
  line.push_back({fmt::format("  kernel drops {}/s", rate_text(rates.kernel_drops)),
                  rates.kernel_drops > 0 ? Tone::kWarning : Tone::kPlain});
  if (look.tells_tcp) {
    line.push_back({fmt::format("  own retransmits {}/s", rate_text(rates.retransmits)),
                    rates.retransmits > 0 ? Tone::kWarning : Tone::kPlain});
    line.push_back({fmt::format("  resets {}/s", rate_text(rates.resets)),
                    rates.resets > 0 ? Tone::kWarning : Tone::kPlain});
  }
  line.push_back({fmt::format("  flows {}", count_text(look.live_flows)), Tone::kPlain});
  if (options.size.columns >= 110)
    line.push_back({fmt::format("  memory {} kernel, {} sensor", bytes_text(look.kernel_bytes),
                                bytes_text(look.user_bytes)),
                    Tone::kDim});
  return line;
}

Line tabs_line(const Model& model, const PictureOptions& options) {
  Line line;
  int used = 0;
  for (std::size_t at = 0; at < kViews; at++) {
    const bool current = static_cast<std::size_t>(model.view()) == at;
    line.push_back({fmt::format(" {} {} ", at + 1, kViewNames[at]), current ? Tone::kSelected : Tone::kDim});
    used += width(line.back().text);
  }
  std::string text;
  const Snapshot& look = model.look();
  const bool of_flows = model.view() <= View::kServices;
  if (of_flows && look.flows_matching > look.flows.size())
    text = fmt::format(" {} of {} flows", look.flows.size(), count_text(look.flows_matching));
  if (used < options.size.columns)
    line.push_back({fitted(text, options.size.columns - used, true, options.unicode), Tone::kWarning});
  return line;
}

}  // namespace

void append_header(Picture& picture, const Model& model, const PictureOptions& options) {
  const Rates& rates = model.rates();
  picture.lines.push_back(host_line(model, options));
  picture.lines.push_back(traffic_line("in", rates.in, rates.in_bytes, Tone::kIn, options));
  picture.lines.push_back(traffic_line("out", rates.out, rates.out_bytes, Tone::kOut, options));
  picture.lines.push_back(health_line(model, options));
  picture.lines.push_back(tabs_line(model, options));
}

}  // namespace vedette::top
