// Which TCP services of a host a policy lets others in to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/prefix.h"
#include "policy/policy.h"

namespace vedette {

// TCP ports of the address that rules let connections in to by their number, in order: of what passes, and of
// limits to `most` ports at most (wider ones are no services). Nothing where they are more than `most`.
[[nodiscard]] std::optional<std::vector<std::uint16_t>> served_tcp_ports(const Policy& policy,
                                                                         const Prefix& address,
                                                                         std::size_t most);

}  // namespace vedette
