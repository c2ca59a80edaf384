#include "cli/top/flow_text.h"

#include <fmt/format.h>

#include <charconv>

#include "base/human_text.h"
#include "cli/json_members.h"

namespace vedette::top {

namespace {

struct Fact {
  std::string name, text;
};

// For people, by the unit in the fact's name.
std::string fact_text(std::string_view name, std::string_view object, std::string_view member) {
  const std::string text = json_member_text(object, member);
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return text;
  if (name.ends_with("_ns")) return time_of_day_text(Nanoseconds(value));
  if (name.ends_with("_us")) return duration_text(std::chrono::microseconds(value));
  if (name.ends_with("bytes"))
    return fmt::format("{} ({})", value, bytes_text(static_cast<std::uint64_t>(value)));
  return text;
}

std::vector<Fact> facts_of(std::string_view object, const std::string& before) {
  std::vector<Fact> facts;
  for_each_member(object, [&](std::string_view name, std::string_view value) {
    if (value.starts_with('{')) {
      for (Fact& inner : facts_of(value, before + std::string(name) + " ")) facts.push_back(std::move(inner));
      return;
    }
    facts.push_back({before + std::string(name), fact_text(name, object, name)});
  });
  for (Fact& fact : facts)
    for (char& letter : fact.name)
      if (letter == '_') letter = ' ';
  return facts;
}

std::string without_unit(std::string name) {
  for (const std::string_view unit : {" ns", " us"})
    if (name.ends_with(unit)) name.resize(name.size() - unit.size());
  return name;
}

}  // namespace

void append_flow(Picture& picture, const FlowLook& flow, const Model& model, const PictureOptions& options) {
  const FlowRate rate = model.rates().flow(flow.identity());
  const int columns = options.size.columns;
  std::string title = fmt::format(" {} {} to {}", flow.protocol, flow.initiator(), flow.responder());
  if (!flow.vlans.empty()) title += " in VLAN " + flow.vlans;
  if (!flow.tunnel.empty()) title += " in " + flow.tunnel;
  if (!model.opened_is_there()) title += " (gone; as last seen)";
  picture.lines.push_back({{fitted(title, columns, false, options.unicode), Tone::kHeading}});
  const std::string figures =
      fmt::format(" sent {}/s, replied {}/s  ", bits_text(rate.sent.bytes), bits_text(rate.replied.bytes));
  picture.lines.push_back(
      {{figures, Tone::kStrong},
       {sparkline(rate.history, columns - width(figures) - 1, options.unicode), Tone::kIn}});
  const std::vector<Fact> facts = facts_of(flow.json, "");
  // Two facts a line; long flows of facts are cut by the screen's end.
  const int half = columns / 2;
  constexpr int kName = 19;
  const std::size_t rows = (facts.size() + 1) / 2;
  for (std::size_t at = 0; at < rows; at++) {
    Line line;
    for (const std::size_t index : {at, at + rows}) {
      if (index >= facts.size()) continue;
      line.push_back(
          {" " + fitted(without_unit(facts[index].name), kName, false, options.unicode) + " ", Tone::kDim});
      line.push_back({fitted(facts[index].text, half - kName - 2, false, options.unicode), Tone::kPlain});
    }
    picture.lines.push_back(std::move(line));
  }
}

}  // namespace vedette::top
