#include "decode/mdns.h"

#include <algorithm>

#include "decode/dns_facts.h"
#include "decode/dns_framing.h"
#include "decode/dns_names.h"
#include "decode/ports.h"

namespace vedette {

namespace {

constexpr std::uint16_t kPort = 5353;
constexpr std::uint16_t kClassBits = 0x7fff;  // the highest says "unicast, please" or "flush" (§5.4, §10.2)
constexpr std::size_t kMostQueries = 64;      // told of one message
constexpr std::size_t kMostForeign = 4;       // datagrams that are none, until the flow is another protocol's

bool are_of(const std::vector<DnsRecord>& records) {
  return std::ranges::all_of(records, [](const DnsRecord& record) {
    return record.type == kDnsOpt || (record.record_class & kClassBits) == kDnsInternet;
  });
}

// §18: no other opcode than QUERY; flags that don't matter are not looked at.
bool is_mdns(const FramedDns& framed) {
  const DnsMessage& message = framed.message;
  const bool there = message.whole ? message.end == message.bytes.size() : framed.is_cut();
  if (!there || message.opcode() != kDnsQuery || (message.flags & (kDnsZero | 15))) return false;
  if (message.questions.empty() && message.answers.empty() && message.authorities.empty()) return false;
  return are_of(message.answers) && are_of(message.authorities) && are_of(message.additionals);
}

void add_question(const DnsMessage& message, std::size_t name, std::uint16_t type, std::uint16_t record_class,
                  Handshake& handshake) {
  if (auto text = dns_name(message.bytes, name, DnsText::kUtf8)) handshake.add("query", std::move(*text));
  handshake.add("type", dns_type_name(type));
  const auto plain = static_cast<std::uint16_t>(record_class & kClassBits);
  if (plain != kDnsInternet) handshake.add("class", dns_class_name(plain));
}

void add_queries(const DnsMessage& message, Handshake& handshake) {
  std::vector<std::string> all;
  for (const DnsQuestion& question : message.questions) {
    if (all.size() == kMostQueries) break;
    all.push_back(dns_name(message.bytes, question.name, DnsText::kUtf8).value_or("") + " " +
                  dns_type_name(question.type));
  }
  handshake.add("queries", std::move(all));
}

void add_addresses(const DnsMessage& message, Handshake& handshake) {
  for (const auto* records : {&message.answers, &message.additionals})
    for (const DnsRecord& record : *records)
      if (is_dns_address(record))
        if (const auto name = dns_name(message.bytes, record.name, DnsText::kUtf8))
          add_dns_address(message, record, *name, handshake);
}

void tell(const FramedDns& framed, Handshake& handshake) {
  const DnsMessage& message = framed.message;
  handshake.app = "mdns";
  handshake.time = framed.came;
  handshake.add("message", std::string(message.is_response() ? "response" : "query"));
  if (!message.questions.empty()) {
    const DnsQuestion& first = message.questions.front();
    add_question(message, first.name, first.type, first.record_class, handshake);
    if (message.questions.size() > 1) add_queries(message, handshake);
  } else if (!message.answers.empty()) {
    const DnsRecord& first = message.answers.front();
    add_question(message, first.name, first.type, first.record_class, handshake);
  }
  if (!message.is_response()) return;  // what a query's answers say, the asker knows already (§7.1)
  handshake.add("rcode", dns_rcode_name(message.rcode()));
  add_dns_answers(message, message.answers, DnsText::kUtf8, handshake);
  add_addresses(message, handshake);
}

}  // namespace

Answer decode_mdns(const Heads& heads, Handshakes& handshakes) {
  if (!uses_port(heads, kPort) || uses_port(heads, kDnsPort)) return {.verdict = Verdict::kNotMine};
  const DnsFrames frames = dns_datagrams(heads);
  for (const FramedDns& framed : frames.messages)
    if (is_mdns(framed)) tell(framed, handshakes.emplace_back());
  if (!handshakes.empty())
    return {.verdict = Verdict::kDone,
            .used = {heads.bytes[0].size(), heads.bytes[1].size()},
            .next = Next::kSame};
  const bool ended = heads.ended[0] && heads.ended[1];
  const bool foreign = heads.arrivals[0].size() + heads.arrivals[1].size() >= kMostForeign;
  return {.verdict = ended || foreign ? Verdict::kNotMine : Verdict::kUndecided, .need = frames.need};
}

}  // namespace vedette
