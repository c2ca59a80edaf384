#include "cli/policy_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"

namespace vedette {

namespace {

template <typename Write>
void add_line(std::string& out, Write&& write) {
  fmt::memory_buffer buffer;
  JsonWriter json(buffer);
  json.begin_object();
  write(json);
  json.end_object();
  out.append(buffer.data(), buffer.size());
  out += '\n';
}

void add_note(std::string& out, std::string_view kind, const PolicyNote& note) {
  add_line(out, [&](JsonWriter& json) {
    json.field("kind", kind);
    if (note.line != 0) json.field("line", note.line);
    json.field("name", std::string_view(note.name));
    json.field("text", std::string_view(note.text));
  });
}

}  // namespace

std::string explanation_text(const PolicyExplanation& explanation, std::string_view file) {
  std::size_t width = 4;
  for (const PolicyNote& note : explanation.sentences)
    width = std::max(width, std::min<std::size_t>(note.name.size(), 32));
  std::string out;
  for (const PolicyNote& note : explanation.sentences)
    out += fmt::format("{:>5}  {:<{}}  {}\n", note.line == 0 ? "" : fmt::to_string(note.line), note.name,
                       width, note.text);
  for (const PolicyNote& note : explanation.warnings)
    out += fmt::format("warning: {}: line {}: {} {}\n", file, note.line, note.name, note.text);
  return out;
}

std::string explanation_json(const PolicyExplanation& explanation) {
  std::string out;
  for (const PolicyNote& note : explanation.sentences) add_note(out, "rule", note);
  for (const PolicyNote& note : explanation.warnings) add_note(out, "warning", note);
  return out;
}

std::string flaws_json(const std::vector<PolicyFlaw>& flaws) {
  std::string out;
  for (const PolicyFlaw& flaw : flaws)
    add_line(out, [&](JsonWriter& json) {
      json.field("kind", "error");
      if (flaw.line != 0) json.field("line", flaw.line);
      if (flaw.line != 0) json.field("column", flaw.column);
      json.field("text", std::string_view(flaw.what));
      if (!flaw.hint.empty()) json.field("hint", std::string_view(flaw.hint));
    });
  return out;
}

std::string differences_text(const std::vector<PolicyDifference>& differences) {
  std::string out;
  for (const PolicyDifference& one : differences) {
    const std::string what = one.name.empty() ? one.part : one.part + " " + one.name;
    std::string how = one.was.empty() ? one.is : one.was;
    if (!one.was.empty() && !one.is.empty()) how = fmt::format("{} -> {}", one.was, one.is);
    out += fmt::format("{:<7}  {}: {}\n", policy_change_name(one.change), what, how);
  }
  return out;
}

std::string differences_json(const std::vector<PolicyDifference>& differences) {
  std::string out;
  for (const PolicyDifference& one : differences)
    add_line(out, [&](JsonWriter& json) {
      json.field("change", policy_change_name(one.change));
      json.field("part", std::string_view(one.part));
      if (!one.name.empty()) json.field("name", std::string_view(one.name));
      if (!one.was.empty()) json.field("was", std::string_view(one.was));
      if (!one.is.empty()) json.field("is", std::string_view(one.is));
    });
  return out;
}

}  // namespace vedette
