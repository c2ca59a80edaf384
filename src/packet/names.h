// Names of numbers, as JSON and people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "abi/packet.h"

namespace vedette {

// "tcp", "udp", "icmp", "ipv6-icmp" as "icmpv6", …: lower case after IANA's keywords; empty where IANA
// names none, and then the number itself is the name (protocol_text).
[[nodiscard]] std::string_view protocol_name(std::uint8_t protocol);
[[nodiscard]] std::string protocol_text(std::uint8_t protocol);

[[nodiscard]] std::string_view malformed_name(std::uint8_t reason);
[[nodiscard]] std::string_view malformed_meaning(std::uint8_t reason);
[[nodiscard]] std::string_view tunnel_name(std::uint8_t tunnel);
// Where `id` is one: a VNI or TEID of 0 is, a GRE key or call that isn't there is 0.
[[nodiscard]] bool tunnel_has_id(std::uint8_t tunnel, std::uint32_t id);
// "first", "middle", "last"; empty for a whole packet.
[[nodiscard]] std::string_view fragment_name(std::uint8_t fragment);
// "drop"; empty where none was given.
[[nodiscard]] std::string_view verdict_name(std::uint8_t verdict);
[[nodiscard]] std::string_view direction_name(std::uint8_t direction);

// "SA": one letter a flag, in the order FSRPAUEC.
[[nodiscard]] std::string tcp_flags_text(std::uint8_t flags);

}  // namespace vedette
