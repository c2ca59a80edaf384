#include "serve/finding_routes.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "detect/finding.h"

namespace vedette {

namespace {

constexpr std::string_view kBeforeId = "/v1/findings/";
constexpr std::string_view kBehindId = "/evidence";

Result<FindingQuery> query_of(const Request& request) {
  FindingQuery query;
  const auto limit = number_parameter(request, "limit", query.limit, 1, 10'000);
  if (!limit) return std::unexpected(limit.error());
  query.limit = *limit;
  const auto after = number_parameter(request, "cursor", 0);
  if (!after) return std::unexpected(after.error());
  query.after = *after;
  query.kind = text_parameter(request, "kind");
  if (!query.kind.empty() && !finding_kind_named(query.kind))
    return unusable("kind", "there is no kind of finding called " + query.kind);
  const std::string severity = text_parameter(request, "severity", "info");
  const auto least = severity_named(severity);
  if (!least) return unusable("severity", "expected info, low, medium, high or critical, found " + severity);
  query.least = *least;
  return query;
}

}  // namespace

Answer get_findings(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"limit", "cursor", "kind", "severity"}); !known)
    return problem_of(known.error());
  const auto query = query_of(request);
  if (!query) return problem_of(query.error());
  const FindingPage page = context.backend.findings(*query);
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("findings");
  json.begin_array();
  for (const std::string& finding : page.findings) json.raw(finding);
  json.end_array();
  json.field("raised", page.raised);
  json.field("last", page.last);
  if (page.more) json.field("next_cursor", std::string_view(std::to_string(page.last)));
  json.end_object();
  return Document{"application/json", fmt::to_string(out)};
}

bool is_evidence_path(std::string_view path) {
  return path.size() > kBeforeId.size() + kBehindId.size() && path.starts_with(kBeforeId) &&
         path.ends_with(kBehindId);
}

Answer get_evidence(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  const std::string id =
      request.path.substr(kBeforeId.size(), request.path.size() - kBeforeId.size() - kBehindId.size());
  if (id.size() != 16 || id.find_first_not_of("0123456789abcdef") != std::string::npos)
    return problem_of(unusable("id", "sixteen hexadecimal digits expected, found " + id).error());
  EvidenceAnswer evidence = context.backend.evidence(id);
  if (evidence.pcapng.empty()) return Problem{404, "no evidence", std::move(evidence.why_not), {}};
  return Document{"application/x-pcapng", std::move(evidence.pcapng)};
}

}  // namespace vedette
