#include "decode/llmnr.h"

#include "decode/dns_facts.h"
#include "decode/dns_names.h"
#include "decode/dns_transactions.h"
#include "decode/ports.h"

namespace vedette {

namespace {

constexpr std::uint16_t kPort = 5355;
constexpr std::uint16_t kReserved = 0x00f0;  // of the flags (§2.1.1)

bool begins_likely(const DnsMessage& message, std::size_t length) {
  return message.question_count == 1 && !(message.flags & kReserved) && length >= kDnsHeaderBytes;
}

// §2.1.1: one question alone; a query has nothing in its other sections but an additional record. Another
// opcode than QUERY's is told, though it must not be answered.
bool is_likely(const DnsMessage& message, std::size_t length) {
  const bool whole = message.whole && message.end == message.bytes.size();
  if ((!whole && length == message.bytes.size()) || message.questions.size() != 1) return false;
  return begins_likely(message, length) &&
         (message.is_response() || (message.answer_count == 0 && message.authority_count == 0));
}

bool is_certain(const DnsMessage& message) {
  return is_likely(message, message.bytes.size());
}

void tell(const DnsTransaction& transaction, Handshake& handshake) {
  const DnsMessage& asking = transaction.first;
  const DnsQuestion& question = asking.questions.front();
  const auto name = dns_name(asking.bytes, question.name, DnsText::kUtf8);
  if (name) handshake.add("query", *name);
  handshake.add("type", dns_type_name(question.type));
  if (asking.opcode() != kDnsQuery) handshake.add("opcode", dns_opcode_name(asking.opcode()));
  if (question.record_class != kDnsInternet) handshake.add("class", dns_class_name(question.record_class));
  if (!transaction.response) return;
  const DnsMessage& response = *transaction.response;
  handshake.add("rcode", dns_rcode_name(response.rcode()));
  add_dns_answers(response, response.answers, DnsText::kUtf8, handshake);
  if (transaction.query)
    handshake.add("latency_us", std::int64_t{(transaction.answered - transaction.asked).count() / 1000});
  if (name) add_dns_addresses(response, *name, DnsText::kUtf8, handshake);
}

constexpr DnsDialect kLlmnr = {.app = "llmnr",
                               .port = kPort,
                               .text = DnsText::kUtf8,
                               .begins_at_home = begins_likely,
                               .begins_elsewhere = begins_likely,
                               .is_certain = is_certain,
                               .is_likely = is_likely,
                               .tell = tell};

Answer decode(const Heads& heads, DnsFraming framing, Handshakes& handshakes) {
  if (!uses_port(heads, kPort) || uses_port(heads, kDnsPort)) return {.verdict = Verdict::kNotMine};
  return decode_dns_transactions(heads, framing, kLlmnr, handshakes);
}

}  // namespace

Answer decode_llmnr_udp(const Heads& heads, Handshakes& handshakes) {
  return decode(heads, DnsFraming::kDatagrams, handshakes);
}

Answer decode_llmnr_tcp(const Heads& heads, Handshakes& handshakes) {
  return decode(heads, DnsFraming::kStream, handshakes);
}

}  // namespace vedette
