// SYN proxies and the addresses that take only what they asked for, in the API: GET, POST, DELETE
// /v1/syn-proxy and /v1/solicited-only.
#pragma once

#include "serve/routes.h"

namespace vedette {

// GET, HEAD: all of them; POST: begins or changes one; DELETE: ends one.
[[nodiscard]] Answer answer_syn_proxy(const RouteContext& context, const Request& request);
[[nodiscard]] Answer answer_solicited_only(const RouteContext& context, const Request& request);

}  // namespace vedette
