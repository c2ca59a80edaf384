#include "decode/dns_facts.h"

#include <algorithm>
#include <optional>

#include "decode/address_bytes.h"
#include "decode/dns_rdata.h"

namespace vedette {

namespace {

constexpr int kMostAliases = 16;  // CNAMEs one behind another

struct FlagName {
  std::uint16_t bit;
  const char* name;
};

constexpr FlagName kFlagNames[] = {
    {kDnsResponse, "qr"},         {kDnsAuthoritative, "aa"},      {kDnsTruncated, "tc"},
    {kDnsRecursionDesired, "rd"}, {kDnsRecursionAvailable, "ra"}, {kDnsAuthenticData, "ad"},
    {kDnsCheckingDisabled, "cd"},
};

}  // namespace

std::vector<std::string> dns_flag_names(const DnsMessage& message) {
  std::vector<std::string> names;
  for (const auto& [bit, name] : kFlagNames)
    if (message.flags & bit) names.emplace_back(name);
  return names;
}

void add_dns_answers(const DnsMessage& message, const std::vector<DnsRecord>& records, DnsText text,
                     Handshake& handshake) {
  std::vector<std::string> answers;
  std::optional<std::uint32_t> min_ttl;
  std::size_t bytes = 0;
  for (const DnsRecord& record : records) {
    if (record.type == kDnsOpt) continue;
    min_ttl = std::min(min_ttl.value_or(record.ttl), record.ttl);
    if (bytes > kMostAnswerBytes) continue;
    answers.push_back(dns_record_text(message, record, text));
    bytes += answers.back().size();
  }
  handshake.add_known("answers", answers);
  if (min_ttl) handshake.add("min_ttl", std::int64_t{*min_ttl});
}

bool is_dns_address(const DnsRecord& record) {
  return (record.type == kDnsA && record.size == 4) || (record.type == kDnsAaaa && record.size == 16);
}

void add_dns_address(const DnsMessage& message, const DnsRecord& record, std::string_view name,
                     Handshake& handshake) {
  handshake.addresses.push_back({.name = std::string(name),
                                 .address = address_of(message.data_of(record)),
                                 .ip_version = static_cast<std::uint8_t>(record.type == kDnsA ? 4 : 6),
                                 .ttl = std::chrono::seconds(record.ttl)});
}

void add_dns_addresses(const DnsMessage& response, std::string_view name, DnsText text,
                       Handshake& handshake) {
  const auto owner_is = [&](const DnsRecord& record, std::string_view owner) {
    const auto found = dns_name(response.bytes, record.name, text);
    return found && same_dns_name(*found, owner);
  };
  std::string owner(name);
  for (int aliases = 0; aliases <= kMostAliases; aliases++) {
    std::optional<std::string> alias;
    for (const DnsRecord& record : response.answers) {
      if (!is_dns_address(record) && record.type != kDnsCname) continue;
      if (!owner_is(record, owner)) continue;
      if (record.type == kDnsCname)
        alias = dns_name(response.bytes, record.data, text);
      else
        add_dns_address(response, record, name, handshake);
    }
    if (!alias || !handshake.addresses.empty()) return;
    owner = std::move(*alias);
  }
}

}  // namespace vedette
