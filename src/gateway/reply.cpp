#include "gateway/reply.h"

#include "base/json_writer.h"

namespace vedette {

Reply problem_reply(unsigned status, std::string_view title, std::string_view detail,
                    std::string_view instance) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.field("type", "about:blank");
  json.field("title", title);
  json.field("status", status);
  json.field("detail", detail);
  if (!instance.empty()) json.field("instance", instance);
  json.end_object();
  return {.status = status, .content_type = "application/problem+json", .body = fmt::to_string(out)};
}

Reply error_reply(const Error& error, std::string_view instance) {
  if (error.kind == ErrorKind::kUnusable)
    return problem_reply(400, "unusable request", error.text(), instance);
  if (error.kind == ErrorKind::kBusy) return problem_reply(503, "no room", error.text(), instance);
  return problem_reply(500, "failed", error.text(), instance);
}

}  // namespace vedette
