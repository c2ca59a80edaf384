// What analyses found, as the API's JSON: one object each, as the OpenAPI document describes it.
#pragma once

#include <string>

#include "analyse/bottleneck.h"
#include "analyse/movers.h"
#include "analyse/newcomers.h"
#include "inquire/filling.h"
#include "inquire/recurring.h"
#include "inquire/since_yesterday.h"
#include "inquire/stepped.h"
#include "inquire/unusual.h"

namespace vedette {

[[nodiscard]] std::string anomalies_json(const Unusual& found);
[[nodiscard]] std::string forecast_json(const Fillings& found);
[[nodiscard]] std::string movers_json(const Movers& found);
[[nodiscard]] std::string newcomers_json(const Newcomers& found);
[[nodiscard]] std::string since_yesterday_json(const SinceYesterday& found);
[[nodiscard]] std::string periodicity_json(const Recurrences& found);
[[nodiscard]] std::string bottlenecks_json(const Bottleneck& found);
[[nodiscard]] std::string steps_json(const Stepped& found);

}  // namespace vedette
