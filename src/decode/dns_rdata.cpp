#include "decode/dns_rdata.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "decode/address_bytes.h"
#include "decode/byte_reader.h"
#include "decode/dns_names.h"
#include "decode/dns_service_parameters.h"
#include "decode/encodings.h"

namespace vedette {

namespace {

// How a type's data is made up, a letter a field: 1 2 4 a number of so many bytes, n a name, A and 6
// addresses, t a record type, d a date, s a quoted string, w a string without quotes, q the rest as a quoted
// string, x the rest as hex, b the rest as base64, h and v a vector as hex and as base32, m a bitmap of
// types, p service parameters.
struct Form {
  std::uint16_t type;
  std::string_view fields;
};

constexpr Form kForms[] = {
    {1, "A"},           // A
    {2, "n"},           // NS
    {3, "n"},           // MD
    {4, "n"},           // MF
    {5, "n"},           // CNAME
    {6, "nn44444"},     // SOA
    {7, "n"},           // MB
    {8, "n"},           // MG
    {9, "n"},           // MR
    {12, "n"},          // PTR
    {13, "ss"},         // HINFO
    {14, "nn"},         // MINFO
    {15, "2n"},         // MX
    {17, "nn"},         // RP
    {18, "2n"},         // AFSDB
    {21, "2n"},         // RT
    {28, "6"},          // AAAA
    {33, "222n"},       // SRV
    {35, "22sssn"},     // NAPTR
    {36, "2n"},         // KX
    {37, "221b"},       // CERT
    {39, "n"},          // DNAME
    {43, "211x"},       // DS
    {44, "11x"},        // SSHFP
    {46, "t114dd2nb"},  // RRSIG
    {47, "nm"},         // NSEC
    {48, "211b"},       // DNSKEY
    {49, "b"},          // DHCID
    {50, "112hvm"},     // NSEC3
    {51, "112h"},       // NSEC3PARAM
    {52, "111x"},       // TLSA
    {53, "111x"},       // SMIMEA
    {59, "211x"},       // CDS
    {60, "211b"},       // CDNSKEY
    {61, "b"},          // OPENPGPKEY
    {62, "42m"},        // CSYNC
    {63, "411x"},       // ZONEMD
    {64, "2np"},        // SVCB
    {65, "2np"},        // HTTPS
    {256, "22q"},       // URI
    {257, "1wq"},       // CAA
};

constexpr std::uint16_t kSpf = 99;  // the form of TXT

// Reads one record's data field by field. Names in it may point anywhere into the message.
class DataReader {
 public:
  DataReader(const DnsMessage& message, const DnsRecord& record, DnsText text)
      : message_(message), at_(record.data), end_(record.data + record.size), text_(text) {}

  // Nothing where the data is not made up so.
  std::optional<std::string> read(std::string_view fields) {
    std::string told;
    for (const char field : fields) {
      const std::size_t before = told.size();
      if (before > 0) told += ' ';
      const std::size_t begin = told.size();
      if (!append(field, told)) return {};
      if (told.size() == begin) told.resize(before);
    }
    return at_ == end_ ? std::optional(told) : std::nullopt;
  }

 private:
  bool append(char field, std::string& told);
  bool append_name(std::string& told);
  bool append_types(std::string& told);
  std::optional<std::span<const std::uint8_t>> take(std::size_t count) {
    if (count > end_ - at_) return {};
    at_ += count;
    return message_.bytes.subspan(at_ - count, count);
  }
  std::optional<std::uint32_t> number(std::size_t size) {
    const auto bytes = take(size);
    if (!bytes) return {};
    std::uint32_t value = 0;
    for (const std::uint8_t byte : *bytes) value = value << 8 | byte;
    return value;
  }
  std::optional<std::span<const std::uint8_t>> vector8() {
    const auto size = number(1);
    if (!size) return {};
    return take(*size);
  }
  std::span<const std::uint8_t> rest() { return *take(end_ - at_); }
  void append_quoted(std::string& told, std::span<const std::uint8_t> bytes) const {
    told += '"';
    append_dns_text(told, bytes, DnsText::kUtf8, "\"\\");
    told += '"';
  }

  const DnsMessage& message_;
  std::size_t at_, end_;
  DnsText text_;
};

bool DataReader::append_name(std::string& told) {
  const auto behind = dns_name_end(message_.bytes, at_);
  const auto name = dns_name(message_.bytes, at_, text_);
  if (!behind || *behind > end_ || !name) return false;
  at_ = *behind;
  told += *name;
  return true;
}

// RFC 4034 §4.1.2: windows of 256 types, a bit each.
bool DataReader::append_types(std::string& told) {
  while (at_ < end_) {
    const auto window = number(1);
    const auto bits = vector8();
    if (!bits || bits->size() > 32) return false;
    for (std::size_t i = 0; i < bits->size() * 8; i++) {
      if (!((*bits)[i / 8] & 0x80 >> i % 8)) continue;
      if (!told.empty() && told.back() != ' ') told += ' ';
      told += dns_type_name(static_cast<std::uint16_t>(*window << 8 | i));
    }
  }
  return true;
}

bool DataReader::append(char field, std::string& told) {
  switch (field) {
    case '1':
    case '2':
    case '4': {
      const auto value = number(static_cast<std::size_t>(field - '0'));
      if (value) told += std::to_string(*value);
      return value.has_value();
    }
    case 't': {
      const auto type = number(2);
      if (type) told += dns_type_name(static_cast<std::uint16_t>(*type));
      return type.has_value();
    }
    case 'd': {
      const auto seconds = number(4);
      if (seconds) told += fmt::format("{:%Y%m%d%H%M%S}", fmt::gmtime(static_cast<std::time_t>(*seconds)));
      return seconds.has_value();
    }
    case 'A':
    case '6': {
      const auto bytes = take(field == 'A' ? 4 : 16);
      if (bytes) told += address_bytes_text(*bytes);
      return bytes.has_value();
    }
    case 'n':
      return append_name(told);
    case 's': {
      const auto bytes = vector8();
      if (bytes) append_quoted(told, *bytes);
      return bytes.has_value();
    }
    case 'w': {
      const auto bytes = vector8();
      if (bytes) append_dns_text(told, *bytes, DnsText::kAscii, "\\");
      return bytes.has_value();
    }
    case 'h':
    case 'v': {
      const auto bytes = vector8();
      if (!bytes) return false;
      told += bytes->empty() ? "-" : field == 'h' ? hex_text(*bytes) : base32hex_text(*bytes);
      return true;
    }
    case 'q':
      append_quoted(told, rest());
      return true;
    case 'x':
      told += hex_text(rest());
      return true;
    case 'b':
      told += base64_text(rest());
      return true;
    case 'm':
      return append_types(told);
    case 'p':
      return append_service_parameters(told, rest());
    default:
      return false;
  }
}

// The strings of a TXT record are one text (RFC 7208 §3.3); of mDNS each is a fact (RFC 6763 §6).
std::optional<std::string> texts(std::span<const std::uint8_t> data, DnsText text) {
  std::string told;
  ByteReader rest(data);
  for (bool first = true; !rest.empty(); first = false) {
    if (!first && text == DnsText::kUtf8) told += ' ';
    append_dns_text(told, rest.vector8(), DnsText::kUtf8, "");
  }
  return rest.failed() ? std::nullopt : std::optional(told);
}

}  // namespace

std::string dns_record_text(const DnsMessage& message, const DnsRecord& record, DnsText text) {
  const auto form = std::ranges::lower_bound(kForms, record.type, {}, &Form::type);
  std::optional<std::string> told;
  if (record.type == kDnsTxt || record.type == kSpf)
    told = texts(message.data_of(record), text);
  else if (form != std::end(kForms) && form->type == record.type)
    told = DataReader(message, record, text).read(form->fields);
  if (told) return std::move(*told);
  return fmt::format("\\# {}{}{}", record.size, record.size > 0 ? " " : "",
                     hex_text(message.data_of(record)));
}

}  // namespace vedette
