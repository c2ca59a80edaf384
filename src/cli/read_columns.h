// What tables and CSV show of packets, flows, handshakes and findings: the contract's members, in its order.
#pragma once

#include <span>

#include "cli/record_output.h"

namespace vedette {

[[nodiscard]] std::span<const Column> packet_columns();
[[nodiscard]] std::span<const Column> flow_columns();
[[nodiscard]] std::span<const Column> handshake_columns();
[[nodiscard]] std::span<const Column> finding_columns();
[[nodiscard]] std::span<const Column> audit_columns();

}  // namespace vedette
