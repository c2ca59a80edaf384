// A DNS message on the wire (RFC 1035 §4.1): header, questions and records as offsets into its bytes. It
// stands before every decoder that speaks in such messages: DNS, mDNS, LLMNR, NetBIOS names.
//
// Reads hostile bytes: a name has at most 255 bytes and follows at most kMostPointers compression pointers,
// so that no loop of them is endless; records are those that the bytes hold, whatever the header counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

inline constexpr std::uint16_t kDnsPort = 53;
inline constexpr std::size_t kDnsHeaderBytes = 12;
inline constexpr std::uint16_t kDnsInternet = 1;  // class IN

enum DnsFlag : std::uint16_t {
  kDnsResponse = 0x8000,
  kDnsAuthoritative = 0x0400,
  kDnsTruncated = 0x0200,
  kDnsRecursionDesired = 0x0100,
  kDnsRecursionAvailable = 0x0080,
  kDnsZero = 0x0040,
  kDnsAuthenticData = 0x0020,
  kDnsCheckingDisabled = 0x0010,
};

enum DnsOpcode : std::uint8_t { kDnsQuery = 0, kDnsNotify = 4, kDnsUpdate = 5 };

enum DnsType : std::uint16_t {
  kDnsA = 1,
  kDnsCname = 5,
  kDnsSoa = 6,
  kDnsTxt = 16,
  kDnsAaaa = 28,
  kDnsNb = 32,      // of NetBIOS (RFC 1002); DNS calls it NIMLOC
  kDnsNbstat = 33,  // of NetBIOS; DNS calls it SRV
  kDnsOpt = 41,
  kDnsIxfr = 251,
  kDnsAxfr = 252,
};

// How the bytes of a label are shown that aren't letters, digits or signs. A dot or backslash inside a label
// has a backslash before it in both.
enum class DnsText : std::uint8_t {
  kAscii,  // all but printable ASCII as \DDD (RFC 4343 §2.1)
  kUtf8,   // control characters alone, as mDNS's names are for people (RFC 6763 §4.1)
};

struct DnsQuestion {
  std::size_t name = 0;  // where it begins, as all offsets here
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
};

struct DnsRecord {
  std::size_t name = 0;
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  std::uint32_t ttl = 0;  // seconds
  std::size_t data = 0;
  std::uint16_t size = 0;  // bytes of data
};

struct DnsMessage {
  std::span<const std::uint8_t> bytes;
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::uint16_t question_count = 0, answer_count = 0, authority_count = 0,
                additional_count = 0;  // by the header
  std::vector<DnsQuestion> questions;
  std::vector<DnsRecord> answers, authorities, additionals;
  bool whole = false;   // all that the header counts is there
  std::size_t end = 0;  // behind the last thing read

  [[nodiscard]] bool is_response() const { return (flags & kDnsResponse) != 0; }
  [[nodiscard]] std::uint8_t opcode() const { return flags >> 11 & 15; }
  // With the upper bits that an OPT record adds (RFC 6891 §6.1.3).
  [[nodiscard]] std::uint16_t rcode() const;
  [[nodiscard]] std::span<const std::uint8_t> data_of(const DnsRecord& record) const {
    return bytes.subspan(record.data, record.size);
  }
};

// Nothing where there is no room for a header. Where a section breaks off, what stands before that is there.
[[nodiscard]] std::optional<DnsMessage> parse_dns_message(std::span<const std::uint8_t> bytes);

// Behind the name at `at`, which is one, pointers and what they lead to included.
[[nodiscard]] std::optional<std::size_t> dns_name_end(std::span<const std::uint8_t> message, std::size_t at);

// The name at `at` in presentation form without its last dot: "www.example.com"; "." is the root.
[[nodiscard]] std::optional<std::string> dns_name(std::span<const std::uint8_t> message, std::size_t at,
                                                  DnsText text);

// Appends one label's bytes, or a character string's, as `text` says; `special` are those that get a
// backslash.
void append_dns_text(std::string& out, std::span<const std::uint8_t> bytes, DnsText text,
                     std::string_view special);

// Names are the same whatever the case of their letters (RFC 4343 §3).
[[nodiscard]] bool same_dns_name(std::string_view one, std::string_view other);

}  // namespace vedette
