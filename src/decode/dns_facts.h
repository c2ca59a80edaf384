// The facts that DNS, mDNS and LLMNR tell of their messages in the same way.
#pragma once

#include <string>
#include <vector>

#include "decode/dns_message.h"
#include "decode/handshake.h"

namespace vedette {

// "qr aa tc rd ra ad cd" as dig names them: those that are set.
[[nodiscard]] std::vector<std::string> dns_flag_names(const DnsMessage& message);

// `answers`, as much text as kMostAnswerBytes, and `min_ttl`, seconds; neither where there are none.
inline constexpr std::size_t kMostAnswerBytes = std::size_t{16} * 1024;
void add_dns_answers(const DnsMessage& message, const std::vector<DnsRecord>& records, DnsText text,
                     Handshake& handshake);

// The addresses of `name`, by the CNAMEs that lead from it to them.
void add_dns_addresses(const DnsMessage& response, std::string_view name, DnsText text, Handshake& handshake);

// An A or AAAA record's address under the name that was asked for.
void add_dns_address(const DnsMessage& message, const DnsRecord& record, std::string_view name,
                     Handshake& handshake);

[[nodiscard]] bool is_dns_address(const DnsRecord& record);

}  // namespace vedette
