// What is to be said of the history: GET /v1/analysis/KIND.
#pragma once

#include "serve/routes.h"

namespace vedette {

[[nodiscard]] Answer analyse_anomalies(const RouteContext& context, const Request& request);
[[nodiscard]] Answer analyse_bottlenecks(const RouteContext& context, const Request& request);
[[nodiscard]] Answer analyse_forecast(const RouteContext& context, const Request& request);
[[nodiscard]] Answer analyse_movers(const RouteContext& context, const Request& request);
[[nodiscard]] Answer analyse_new(const RouteContext& context, const Request& request);
[[nodiscard]] Answer analyse_new_since_yesterday(const RouteContext& context, const Request& request);
[[nodiscard]] Answer analyse_periodicity(const RouteContext& context, const Request& request);
[[nodiscard]] Answer analyse_steps(const RouteContext& context, const Request& request);

}  // namespace vedette
