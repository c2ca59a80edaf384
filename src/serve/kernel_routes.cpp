#include "serve/kernel_routes.h"

#include "doctor/report.h"

namespace vedette {

Answer get_kernel(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("facts");
  json.begin_array();
  for (const Fact& fact : context.backend.kernel()) write_fact(json, fact);
  json.end_array();
  json.end_object();
  return Document{"application/json", fmt::to_string(out)};
}

}  // namespace vedette
