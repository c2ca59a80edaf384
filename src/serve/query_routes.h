// History: POST /v1/query.
#pragma once

#include "serve/routes.h"

namespace vedette {

[[nodiscard]] Answer answer_history(const RouteContext& context, const Request& request);

// What is answered where the sensor keeps none.
[[nodiscard]] Problem no_history();

}  // namespace vedette
