// Ports by their names, as this host's /etc/services (services(5)) has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vedette {

// The port of a service's name or alias; of one that has several ports, the first. Read once. Any thread.
[[nodiscard]] std::optional<std::uint16_t> service_port(std::string_view name);

// All names, for whoever mistyped one; valid for ever.
[[nodiscard]] const std::vector<std::string_view>& service_names();

}  // namespace vedette
