// A rule in one plain sentence.
#pragma once

#include <string>

#include "policy/policy.h"

namespace vedette {

// "drops TCP packets from 192.0.2.0/24 to port 22 with SYN set and ACK not"; lower case, no full stop.
[[nodiscard]] std::string rule_sentence(const Rule& rule);

// "drops all that comes from 192.0.2.0/24, for 2h".
[[nodiscard]] std::string source_sentence(const PolicySource& source, bool blocks);

// "refuses connections from 192.0.2.0/24 to port 443 of TLS below 1.2 and SSH 1".
[[nodiscard]] std::string protocol_sentence(const ProtocolEntry& entry);

[[nodiscard]] std::string response_sentence(const PolicyResponse& response);

}  // namespace vedette
