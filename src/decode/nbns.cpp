#include "decode/nbns.h"

#include <vector>

#include "decode/address_bytes.h"
#include "decode/byte_reader.h"
#include "decode/dns_facts.h"
#include "decode/dns_names.h"
#include "decode/dns_transactions.h"
#include "decode/encodings.h"
#include "decode/netbios_name.h"
#include "decode/ports.h"

namespace vedette {

namespace {

constexpr std::uint16_t kPort = 137;
constexpr std::uint16_t kNull = 0x000a;                        // the record of a negative answer (§4.2.14)
constexpr std::size_t kMostNames = 64;                         // told of one answer
constexpr std::size_t kNodeNameBytes = kNetbiosNameBytes + 2;  // with its flags (§4.2.18)
constexpr std::size_t kNodeAddressBytes = 2 + 4;               // flags before it (§4.2.1.3)

bool is_netbios_type(std::uint16_t type) {
  return type == kDnsNb || type == kDnsNbstat || type == kNull || type == kDnsA || type == 2;
}

// What the message is about: its question, or its answer.
struct Subject {
  std::size_t name = 0;
  std::uint16_t type = 0;
};

std::optional<Subject> subject_of(const DnsMessage& message) {
  if (!message.questions.empty())
    return Subject{message.questions.front().name, message.questions.front().type};
  if (!message.answers.empty()) return Subject{message.answers.front().name, message.answers.front().type};
  return {};
}

// §4.2: one question or one answer, of types that are NetBIOS's own, or of a name as no other protocol
// encodes it.
bool is_likely(const DnsMessage& message, std::size_t /*length*/) {
  if (message.question_count > 1 || message.answer_count > 1 || !nbns_opcode_name(message.opcode()))
    return false;
  const auto subject = subject_of(message);
  if (!subject || !is_netbios_type(subject->type)) return false;
  return subject->type == kDnsNb || subject->type == kDnsNbstat ||
         read_netbios_name(message.bytes, subject->name);
}

bool is_certain(const DnsMessage& message) {
  return is_likely(message, message.bytes.size());
}

std::vector<std::string> status_names(std::span<const std::uint8_t> data) {
  std::vector<std::string> names;
  ByteReader rest(data);
  for (std::uint8_t left = rest.u8(); left > 0 && rest.left() >= kNodeNameBytes && names.size() < kMostNames;
       left--) {
    names.push_back(netbios_name(rest.take(kNetbiosNameBytes).first<kNetbiosNameBytes>()).text());
    rest.u16();
  }
  return names;
}

void add_answers(const DnsMessage& message, const std::string& name, Handshake& handshake) {
  std::vector<std::string> answers;
  for (const DnsRecord& record : message.answers) {
    const auto data = message.data_of(record);
    if (record.type == kDnsNbstat) answers = status_names(data);
    if (record.type != kDnsNb) continue;
    for (ByteReader rest(data); rest.left() >= kNodeAddressBytes && answers.size() < kMostNames;) {
      rest.u16();
      const auto address = rest.take(4);
      answers.push_back(address_bytes_text(address));
      if (message.rcode() == 0 && message.opcode() == kDnsQuery)
        handshake.addresses.push_back({.name = name,
                                       .address = address_of(address),
                                       .ip_version = 4,
                                       .ttl = std::chrono::seconds(record.ttl)});
    }
  }
  if (answers.empty()) return;
  handshake.add("answers", std::move(answers));
  handshake.add("min_ttl", std::int64_t{message.answers.front().ttl});
}

void tell(const DnsTransaction& transaction, Handshake& handshake) {
  const DnsMessage& asking = transaction.first;
  if (asking.opcode() != kDnsQuery)
    if (const auto opcode = nbns_opcode_name(asking.opcode())) handshake.add("opcode", std::string(*opcode));
  const auto subject = subject_of(asking);
  std::string query;
  if (const auto name = read_netbios_name(asking.bytes, subject->name)) {
    query = name->name;
    handshake.add("query", query);
    handshake.add("name_suffix", hex_text({&name->suffix, 1}));
  }
  if (subject->type == kDnsNb || subject->type == kDnsNbstat)
    handshake.add("type", std::string(subject->type == kDnsNb ? "NB" : "NBSTAT"));
  if (!transaction.response) return;
  handshake.add("rcode", nbns_rcode_name(transaction.response->rcode()));
  add_answers(*transaction.response, query, handshake);
  if (transaction.query)
    handshake.add("latency_us", std::int64_t{(transaction.answered - transaction.asked).count() / 1000});
}

constexpr DnsDialect kNbns = {.app = "nbns",
                              .port = kPort,
                              .text = DnsText::kUtf8,
                              .is_certain = is_certain,
                              .is_likely = is_likely,
                              .tell = tell};

}  // namespace

Answer decode_nbns(const Heads& heads, Handshakes& handshakes) {
  if (!uses_port(heads, kPort)) return {.verdict = Verdict::kNotMine};
  return decode_dns_transactions(heads, DnsFraming::kDatagrams, kNbns, handshakes);
}

}  // namespace vedette
