#include "serve/audit_routes.h"

#include <fmt/format.h>

#include "base/json_writer.h"

namespace vedette {

Answer get_audit(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"limit", "cursor"}); !known) return problem_of(known.error());
  AuditQuery query;
  const auto limit = number_parameter(request, "limit", query.limit, 1, 10'000);
  if (!limit) return problem_of(limit.error());
  query.limit = *limit;
  const auto after = number_parameter(request, "cursor", 0);
  if (!after) return problem_of(after.error());
  query.after = *after;
  return Document{"application/json", event_page_json(context.backend.audit(query))};
}

Answer get_hooks(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("hooks");
  json.begin_array();
  for (const HookStatus& hook : context.backend.hooks()) {
    json.begin_object();
    json.field("kind", hook.kind);
    json.field("target", std::string_view(hook.target));
    json.field("told", hook.told);
    json.field("failed", hook.failed);
    json.field("dropped", hook.dropped);
    json.field("waiting", hook.waiting);
    if (!hook.error.empty()) json.field("error", std::string_view(hook.error));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return Document{"application/json", fmt::to_string(out)};
}

}  // namespace vedette
