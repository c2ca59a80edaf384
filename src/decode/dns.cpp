#include "decode/dns.h"

#include <algorithm>

#include "decode/dns_facts.h"
#include "decode/dns_names.h"
#include "decode/dns_transactions.h"
#include "decode/ports.h"

namespace vedette {

namespace {

constexpr std::size_t kLeastQuestion = 5, kLeastRecord = 11;  // bytes, their names the root
constexpr std::size_t kMostAdditional = 3;                    // of a query: OPT, TSIG, SIG(0)

bool is_class(std::uint16_t record_class) {
  constexpr std::uint16_t kClasses[] = {1, 3, 4, 254, 255};  // IN, CH, HS, NONE, ANY
  return std::ranges::find(kClasses, record_class) != std::end(kClasses);
}

bool are_known(const std::vector<DnsRecord>& records) {
  return std::ranges::all_of(records, [](const DnsRecord& record) {
    return dns_type_is_known(record.type) && (record.type == kDnsOpt || is_class(record.record_class));
  });
}

// The header counts no more than `length` bytes have room for.
bool counts_fit(const DnsMessage& message, std::size_t length) {
  const std::size_t records =
      std::size_t{message.answer_count} + message.authority_count + message.additional_count;
  return kDnsHeaderBytes + kLeastQuestion * message.question_count + kLeastRecord * records <= length;
}

bool asks_rightly(const DnsMessage& message) {
  return !message.questions.empty() && dns_type_is_known(message.questions.front().type) &&
         is_class(message.questions.front().record_class);
}

bool begins_rightly(const DnsMessage& message, std::size_t length) {
  if (message.question_count != 1 || !dns_opcode_is_known(message.opcode())) return false;
  if ((message.flags & kDnsZero) || !counts_fit(message, length)) return false;
  if (message.is_response()) return true;
  constexpr std::uint16_t kOfAnswers = kDnsAuthoritative | kDnsTruncated | kDnsRecursionAvailable | 15;
  const bool asks_only = message.opcode() == kDnsQuery;
  return !(message.flags & kOfAnswers) && message.additional_count <= kMostAdditional &&
         (!asks_only || (message.answer_count == 0 && message.authority_count <= 1));
}

bool is_certain(const DnsMessage& message) {
  return begins_rightly(message, message.bytes.size()) && message.whole &&
         message.end == message.bytes.size() && asks_rightly(message) && are_known(message.answers) &&
         are_known(message.authorities) && are_known(message.additionals);
}

bool begins_likely(const DnsMessage& message, std::size_t length) {
  constexpr std::uint16_t kMostQuestions = 4;
  const bool asks = message.is_response() || message.question_count > 0;
  return asks && message.question_count <= kMostQuestions && dns_opcode_is_known(message.opcode()) &&
         !(message.flags & kDnsZero) && counts_fit(message, length);
}

// With its question, whatever else is wrong; or with a header that makes sense: of a damaged query, or of an
// answer to what the server could not read (FORMERR).
bool is_likely(const DnsMessage& message, std::size_t length) {
  if (asks_rightly(message) || begins_likely(message, length)) return true;
  return message.question_count == 1 && dns_opcode_is_known(message.opcode()) && !(message.flags & kDnsZero);
}

void add_question(const DnsMessage& message, Handshake& handshake) {
  if (message.opcode() != kDnsQuery) handshake.add("opcode", dns_opcode_name(message.opcode()));
  if (message.questions.empty()) return;
  const DnsQuestion& first = message.questions.front();
  if (auto name = dns_name(message.bytes, first.name, DnsText::kAscii))
    handshake.add("query", std::move(*name));
  handshake.add("type", dns_type_name(first.type));
  if (first.record_class != kDnsInternet) handshake.add("class", dns_class_name(first.record_class));
  if (message.questions.size() == 1) return;
  std::vector<std::string> all;
  for (const DnsQuestion& question : message.questions) {
    all.push_back(dns_name(message.bytes, question.name, DnsText::kAscii).value_or("") + " " +
                  dns_type_name(question.type));
    if (all.size() == 64) break;
  }
  handshake.add("queries", std::move(all));
}

void tell(const DnsTransaction& transaction, Handshake& handshake) {
  const bool answer_asks = transaction.first.questions.empty() && transaction.response;
  const DnsMessage& asking = answer_asks ? *transaction.response : transaction.first;
  add_question(asking, handshake);
  if (transaction.response) {
    const DnsMessage& response = *transaction.response;
    handshake.add("rcode", dns_rcode_name(response.rcode()));
    if (response.opcode() != kDnsUpdate)
      add_dns_answers(response, response.answers, DnsText::kAscii, handshake);
    if (transaction.query)
      handshake.add("latency_us", std::int64_t{(transaction.answered - transaction.asked).count() / 1000});
    if (response.opcode() == kDnsQuery && !asking.questions.empty())
      if (const auto name = dns_name(asking.bytes, asking.questions.front().name, DnsText::kAscii))
        add_dns_addresses(response, *name, DnsText::kAscii, handshake);
  }
  auto flags = dns_flag_names(transaction.response ? *transaction.response : transaction.first);
  handshake.add_known("flags", flags);
}

constexpr DnsDialect kDns = {.app = "dns",
                             .port = kDnsPort,
                             .text = DnsText::kAscii,
                             .begins_at_home = begins_likely,
                             .begins_elsewhere = begins_rightly,
                             .is_certain = is_certain,
                             .is_likely = is_likely,
                             .tell = tell};

// Others are at home on these ports and speak in the same form: NetBIOS, mDNS, LLMNR.
template <std::size_t kCount>
bool is_elsewhere(const Heads& heads, const std::uint16_t (&ports)[kCount]) {
  return !uses_port(heads, kDnsPort) &&
         std::ranges::any_of(ports, [&](std::uint16_t port) { return uses_port(heads, port); });
}

}  // namespace

Answer decode_dns_udp(const Heads& heads, Handshakes& handshakes) {
  if (is_elsewhere(heads, {137, 5353, 5355})) return {.verdict = Verdict::kNotMine};
  return decode_dns_transactions(heads, DnsFraming::kDatagrams, kDns, handshakes);
}

Answer decode_dns_tcp(const Heads& heads, Handshakes& handshakes) {
  if (is_elsewhere(heads, {5355})) return {.verdict = Verdict::kNotMine};
  return decode_dns_transactions(heads, DnsFraming::kStream, kDns, handshakes);
}

}  // namespace vedette
