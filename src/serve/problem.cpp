#include "serve/problem.h"

#include "base/json_writer.h"

namespace vedette {

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
  json.end_object();
  return fmt::to_string(out);
}

}  // namespace vedette
