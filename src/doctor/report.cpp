#include "doctor/report.h"

#include <algorithm>
#include <array>

namespace vedette {

namespace {

constexpr std::string_view kPlain = "\033[0m";
constexpr std::string_view kBold = "\033[1m";
// By FactState: green, yellow, red, none.
constexpr std::array<std::string_view, 4> kColors{"\033[32m", "\033[33m", "\033[31m", ""};

std::size_t longest_name(std::span<const Fact> facts) {
  std::size_t longest = 0;
  for (const Fact& fact : facts) longest = std::max(longest, fact.name.size());
  return longest;
}

void append_csv_field(fmt::memory_buffer& out, std::string_view text, char after) {
  out.push_back('"');
  for (const char character : text) {
    if (character == '"') out.push_back('"');
    out.push_back(character);
  }
  out.push_back('"');
  out.push_back(after);
}

}  // namespace

void append_facts_table(fmt::memory_buffer& out, std::span<const Fact> facts, bool color) {
  const std::size_t width = longest_name(facts);
  std::string_view area;
  for (const Fact& fact : facts) {
    if (fact.area != area) {
      fmt::format_to(fmt::appender(out), "{}{}{}{}\n", area.empty() ? "" : "\n", color ? kBold : "",
                     fact.area, color ? kPlain : "");
      area = fact.area;
    }
    const std::string_view before = color ? kColors[static_cast<std::size_t>(fact.state)] : "";
    const std::string_view state = fact.state == FactState::kTold ? "" : fact_state_name(fact.state);
    fmt::format_to(fmt::appender(out), "  {:<{}}  {}{:<7}{}  {}\n", fact.name, width, before, state,
                   before.empty() ? "" : kPlain, fact.detail);
    if (!fact.hint.empty())
      fmt::format_to(fmt::appender(out), "  {:<{}}           → {}\n", "", width, fact.hint);
  }
}

void write_fact(JsonWriter& json, const Fact& fact) {
  json.begin_object();
  json.field("area", fact.area);
  json.field("name", fact.name);
  json.field("state", fact_state_name(fact.state));
  json.field("detail", fact.detail);
  if (!fact.hint.empty()) json.field("hint", fact.hint);
  json.end_object();
}

void append_facts_json(fmt::memory_buffer& out, std::span<const Fact> facts) {
  for (const Fact& fact : facts) {
    JsonWriter json(out);
    write_fact(json, fact);
    out.push_back('\n');
  }
}

void append_facts_csv(fmt::memory_buffer& out, std::span<const Fact> facts) {
  fmt::format_to(fmt::appender(out), "area,name,state,detail,hint\n");
  for (const Fact& fact : facts) {
    append_csv_field(out, fact.area, ',');
    append_csv_field(out, fact.name, ',');
    append_csv_field(out, fact_state_name(fact.state), ',');
    append_csv_field(out, fact.detail, ',');
    append_csv_field(out, fact.hint, '\n');
  }
}

}  // namespace vedette
