// The sensor's account of itself as the API's answers.
#pragma once

#include <string>
#include <vector>

#include "sensor/backend.h"
#include "sensor/status.h"

namespace vedette {

[[nodiscard]] std::string health_json(const Health& health);
[[nodiscard]] std::string stats_json(const Stats& stats);
[[nodiscard]] std::string interfaces_json(const std::vector<InterfaceStatus>& interfaces);
[[nodiscard]] std::string flows_json(const FlowPage& page);

}  // namespace vedette
