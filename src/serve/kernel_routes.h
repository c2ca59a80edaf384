// What the kernel and the machine let the sensor do: GET /v1/kernel.
#pragma once

#include "serve/routes.h"

namespace vedette {

[[nodiscard]] Answer get_kernel(const RouteContext& context, const Request& request);

}  // namespace vedette
