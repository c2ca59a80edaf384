// History: POST /v1/query.
#pragma once

#include "serve/routes.h"

namespace vedette {

[[nodiscard]] Answer answer_history(const RouteContext& context, const Request& request);

}  // namespace vedette
