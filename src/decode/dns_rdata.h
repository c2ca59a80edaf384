// What a DNS record says, as text: addresses in their canonical form, names without their last dot, texts as
// they are, and the rest in the presentation form of its RFC (MX RFC 1035, SRV 2782, NAPTR 3403, DS, RRSIG
// and DNSKEY 4034, NSEC3 5155, SSHFP 4255, TLSA 6698, CAA 8659, SVCB and HTTPS 9460 …); what has none here,
// or isn't as its RFC says, by RFC 3597: "\# 4 0a000001".
#pragma once

#include <string>

#include "decode/dns_message.h"

namespace vedette {

[[nodiscard]] std::string dns_record_text(const DnsMessage& message, const DnsRecord& record, DnsText text);

}  // namespace vedette
