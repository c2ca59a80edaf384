// What was done, and whom findings are handed to, in the API: GET /v1/audit, GET /v1/hooks.
#pragma once

#include "serve/routes.h"

namespace vedette {

// Who changed what passes and drops, the oldest that is kept first.
[[nodiscard]] Answer get_audit(const RouteContext& context, const Request& request);

// What each hook was told, and what not.
[[nodiscard]] Answer get_hooks(const RouteContext& context, const Request& request);

}  // namespace vedette
