// What the detectors raised, in the API: GET /v1/findings, and the packets that prove one, GET
// /v1/findings/{id}/evidence.
#pragma once

#include "serve/routes.h"

namespace vedette {

[[nodiscard]] Answer get_findings(const RouteContext& context, const Request& request);

// Whether the path is /v1/findings/{id}/evidence, whatever the id.
[[nodiscard]] bool is_evidence_path(std::string_view path);
[[nodiscard]] Answer get_evidence(const RouteContext& context, const Request& request);

}  // namespace vedette
