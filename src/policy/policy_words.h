// The words of a policy's file for single values, read and written: ports, protocols, flags, times, rates.
//
// Each reader fails (unusable) with what was expected and found, and a hint where one is known; `where` is
// left empty. Each writer gives what its reader takes back to the same value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/policy.h"

namespace vedette {

// An error (unusable): "expected WHAT, found "FOUND"".
[[nodiscard]] Error unexpected_word(std::string_view what, std::string_view found, std::string hint = {});

// Decimal, both bounds included. `what`: "a TTL of 0 to 255".
[[nodiscard]] Result<std::uint64_t> read_number(std::string_view text, std::uint64_t low, std::uint64_t high,
                                                std::string_view what);

// "80", "1000-2000".
[[nodiscard]] Result<NumberRange> read_range(std::string_view text, std::uint16_t high,
                                             std::string_view what);
// The same for ports, or a service's name.
[[nodiscard]] Result<NumberRange> read_port(std::string_view text);
[[nodiscard]] std::string range_text(const NumberRange& range);

// A number, or IANA's keyword ("tcp", "ipv6-icmp", also "icmpv6").
[[nodiscard]] Result<std::uint8_t> read_protocol(std::string_view text);

// "syn", "syn,!ack" (the others may be anything), "none": without any flag.
[[nodiscard]] Result<FlagsMatch> read_tcp_flags(std::string_view text);
[[nodiscard]] std::string tcp_flags_match_text(const FlagsMatch& flags);

// Of ICMP, or with `ipv6` ICMPv6: "echo-request", "8", "3/1", "port-unreachable".
[[nodiscard]] Result<IcmpMatch> read_icmp(std::string_view text, bool ipv6);
[[nodiscard]] std::string icmp_match_text(const IcmpMatch& icmp);
// What people call it; the number where it has no name.
[[nodiscard]] std::string icmp_match_name(const IcmpMatch& icmp, bool ipv6);

// "90s", "10m", "2h", "7d": a second to ten years.
[[nodiscard]] Result<Nanoseconds> read_duration(std::string_view text);
[[nodiscard]] std::string duration_word(Nanoseconds duration);

// "1000/s" (packets), "20 syns/s", "5 flows/s", "10Mbit/s", "5 MB/s", "600/m": unit and how many a second.
[[nodiscard]] Result<Rate> read_rate(std::string_view text);
// "3000", "3k", "1MB", "64KiB".
[[nodiscard]] Result<std::uint64_t> read_amount(std::string_view text);
[[nodiscard]] std::string rate_word(const Rate& rate);

// "all", "source", "source_prefix", "destination", "destination_port".
[[nodiscard]] Result<RatePer> read_rate_per(std::string_view text);
[[nodiscard]] std::string_view rate_per_word(RatePer per);

// 0 to 63, or a name of RFC 2474, 2597, 3246: "ef", "af41", "cs1".
[[nodiscard]] Result<std::uint8_t> read_dscp(std::string_view text);

// What a packet is rejected by (enum vdt_reject): "port-unreachable", "administratively-prohibited".
[[nodiscard]] Result<std::uint8_t> read_reject(std::string_view text);
// Not of VDT_REJECT_USUAL, which is said by saying nothing.
[[nodiscard]] std::string_view reject_word(std::uint8_t by);

// "16 03 01", "160301".
[[nodiscard]] Result<std::vector<std::uint8_t>> read_hex(std::string_view text);
[[nodiscard]] std::string hex_word(const std::vector<std::uint8_t>& bytes);

// "1.2", "TLS 1.0", "SSL 3.0": a class of enum vdt_payload_class.
[[nodiscard]] Result<std::uint8_t> read_tls_version(std::string_view text);
[[nodiscard]] std::string tls_version_word(std::uint8_t payload_class);

}  // namespace vedette
