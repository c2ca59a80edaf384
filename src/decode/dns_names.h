// IANA's mnemonics of DNS parameters (registry "Domain Name System (DNS) Parameters"), and of NetBIOS's over
// the same message form (RFC 1002 §4.2.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette {

// "AAAA"; "TYPE123" where there is none (RFC 3597 §5).
[[nodiscard]] std::string dns_type_name(std::uint16_t type);
[[nodiscard]] bool dns_type_is_known(std::uint16_t type);
// "CH"; "CLASS123" where there is none.
[[nodiscard]] std::string dns_class_name(std::uint16_t record_class);
// "NXDOMAIN"; "RCODE123" where there is none.
[[nodiscard]] std::string dns_rcode_name(std::uint16_t rcode);
// "UPDATE"; "OPCODE12" where there is none.
[[nodiscard]] std::string dns_opcode_name(std::uint8_t opcode);
[[nodiscard]] bool dns_opcode_is_known(std::uint8_t opcode);

// "REGISTRATION", "WACK", …
[[nodiscard]] std::optional<std::string_view> nbns_opcode_name(std::uint8_t opcode);
// "NXDOMAIN" for NAM_ERR, and so on, but for what NetBIOS alone has: "ACTIVE", "CONFLICT".
[[nodiscard]] std::string nbns_rcode_name(std::uint16_t rcode);

}  // namespace vedette
