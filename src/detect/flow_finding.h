// Findings about one flow: whom it concerns, when, and how much.
#pragma once

#include <string_view>

#include "detect/finding.h"
#include "flow/flow.h"

namespace vedette {

// From its initiator to its responder, with its packets and bytes so far. `detector` is a literal. What was
// measured and `why` are the caller's to add.
[[nodiscard]] Finding finding_about(const Flow& flow, std::string_view detector, FindingKind kind,
                                    Severity severity);

// "192.0.2.1 and 198.51.100.2 port 80/tcp", "… by icmp" where there are no ports.
[[nodiscard]] std::string flow_ends_text(const Flow& flow);

}  // namespace vedette
