// Flows one by one: those that the sensor holds, and of a span of time those that are stored.
#pragma once

#include "serve/routes.h"

namespace vedette {

[[nodiscard]] Answer get_flows(const RouteContext& context, const Request& request);

}  // namespace vedette
