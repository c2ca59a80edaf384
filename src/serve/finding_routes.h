// What the detectors raised, in the API: GET /v1/findings.
#pragma once

#include "serve/routes.h"

namespace vedette {

[[nodiscard]] Answer get_findings(const RouteContext& context, const Request& request);

}  // namespace vedette
