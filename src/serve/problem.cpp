#include "serve/problem.h"

#include "base/json_writer.h"

namespace vedette {

namespace {

void write_flaw(JsonWriter& json, const PolicyFlaw& flaw) {
  json.begin_object();
  if (flaw.line != 0) json.field("line", flaw.line);
  if (flaw.line != 0) json.field("column", flaw.column);
  json.field("detail", std::string_view(flaw.what));
  if (!flaw.hint.empty()) json.field("hint", std::string_view(flaw.hint));
  json.end_object();
}

void write_flaw(JsonWriter& json, const PlacedFlaw& flaw) {
  json.begin_object();
  json.field("pointer", std::string_view(flaw.pointer));
  json.field("detail", std::string_view(flaw.detail));
  if (!flaw.hint.empty()) json.field("hint", std::string_view(flaw.hint));
  json.end_object();
}

}  // namespace

Problem problem_of(const Error& error) {
  if (error.kind == ErrorKind::kUnusable) return {400, "unusable request", error.text(), {}};
  if (error.kind == ErrorKind::kBusy) return {503, "no room", error.text(), {}};
  return {500, "failed", error.text(), {}};
}

std::string problem_json(const Problem& problem, std::string_view instance) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.field("type", "about:blank");
  json.field("title", problem.title);
  json.field("status", problem.status);
  json.field("detail", std::string_view(problem.detail));
  json.field("instance", instance);
  if (!problem.errors.empty() || !problem.places.empty()) {
    json.key("errors");
    json.begin_array();
    for (const PolicyFlaw& flaw : problem.errors) write_flaw(json, flaw);
    for (const PlacedFlaw& flaw : problem.places) write_flaw(json, flaw);
    json.end_array();
  }
  json.end_object();
  return fmt::to_string(out);
}

}  // namespace vedette
