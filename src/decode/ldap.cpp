#include "decode/ldap.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "decode/ber.h"
#include "decode/text.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

struct Operation {
  std::uint8_t tag;
  bool from_server;
  std::string_view name;
};

// RFC 4511 §4.2 to §4.13, as its ASN.1 spells them.
constexpr Operation kOperations[] = {
    {0x42, false, "unbindRequest"},  {0x4a, false, "delRequest"},     {0x50, false, "abandonRequest"},
    {0x60, false, "bindRequest"},    {0x61, true, "bindResponse"},    {0x63, false, "searchRequest"},
    {0x64, true, "searchResEntry"},  {0x65, true, "searchResDone"},   {0x66, false, "modifyRequest"},
    {0x67, true, "modifyResponse"},  {0x68, false, "addRequest"},     {0x69, true, "addResponse"},
    {0x6b, true, "delResponse"},     {0x6c, false, "modDNRequest"},   {0x6d, true, "modDNResponse"},
    {0x6e, false, "compareRequest"}, {0x6f, true, "compareResponse"}, {0x73, true, "searchResRef"},
    {0x77, false, "extendedReq"},    {0x78, true, "extendedResp"},    {0x79, true, "intermediateResponse"},
};
enum Tag : std::uint8_t {
  kBindRequest = 0x60,
  kBindResponse = 0x61,
  kSearchRequest = 0x63,
  kSearchEntry = 0x64,
  kSearchReference = 0x73,
  kExtendedRequest = 0x77,
  kIntermediate = 0x79,
};
constexpr std::string_view kStartTls = "1.3.6.1.4.1.1466.20037";  // RFC 4511 §4.14.1

const Operation* operation_of(std::uint8_t tag) {
  const auto* const found = std::ranges::find(kOperations, tag, &Operation::tag);
  return found == std::end(kOperations) ? nullptr : found;
}

struct Side {
  SideView view;
  const Operation* operation = nullptr;  // of the first message
  std::size_t used = 0;                  // bytes of it
  std::optional<std::int64_t> version;
  std::string bind_dn, bind_mechanism, base_dn;
  std::optional<std::int64_t> result;
  bool starts_tls = false;
};

void read_bind(BerReader fields, Side& side) {
  constexpr std::uint8_t kSimple = 0x80, kSasl = 0xa3, kNegotiate = 0x89, kDiscovery = 0x8a, kResponse = 0x8b;
  side.version = fields.take_number();
  if (const auto name = fields.take(kBerOctets)) side.bind_dn = text_of(*name);
  const BerElement method = fields.next();
  if (method.tag == kSimple) side.bind_mechanism = "simple";
  // [MS-ADTS] §5.1.1.1.3.
  if (method.tag == kNegotiate || method.tag == kDiscovery || method.tag == kResponse)
    side.bind_mechanism = "sicily";
  if (method.tag != kSasl) return;
  if (const auto mechanism = BerReader(method.content).take(kBerOctets))
    side.bind_mechanism = text_of(*mechanism);
}

// The operation's content as far as it is known.
void read_operation(std::span<const std::uint8_t> content, Side& side) {
  constexpr std::uint8_t kRequestName = 0x80;
  BerReader fields(content);
  const std::uint8_t tag = side.operation->tag;
  if (tag == kBindRequest) return read_bind(fields, side);
  if (tag == kSearchRequest) {
    if (const auto base = fields.take(kBerOctets)) side.base_dn = text_of(*base);
  } else if (tag == kExtendedRequest) {
    const auto name = fields.take(kRequestName);
    side.starts_tls = name && text_of(*name) == kStartTls;
  } else if (side.operation->from_server && tag != kSearchEntry && tag != kSearchReference &&
             tag != kIntermediate) {
    side.result = fields.take_number(kBerEnumerated);
  }
}

// LDAPMessage ::= SEQUENCE { messageID, protocolOp, controls [0] OPTIONAL }: every length must fit in the one
// around.
Said read_message(std::span<const std::uint8_t> head, const BerExtent& whole, Side& side) {
  constexpr std::size_t kLongestId = 4;
  const auto inside = head.subspan(whole.header, std::min(whole.content, head.size() - whole.header));
  ByteReader reader(inside);
  const std::uint8_t id_tag = reader.u8();
  const std::size_t id_size = reader.u8();
  if (!reader.failed() && (id_tag != kBerInteger || id_size == 0 || id_size > kLongestId))
    return Said::kForeign;
  reader.take(id_size);
  if (reader.failed()) return Said::kNothing;
  const auto rest = reader.take(reader.left());
  if (rest.empty()) return Said::kNothing;
  side.operation = operation_of(rest[0]);
  if (side.operation == nullptr) return Said::kForeign;
  const BerExtent extent = ber_extent(rest);
  if (extent.state == BerExtent::State::kBad) return Said::kForeign;
  if (extent.state == BerExtent::State::kMore) return Said::kNothing;
  const std::size_t before = 2 + id_size + extent.header;
  if (before > whole.content || extent.content > whole.content - before) return Said::kForeign;
  const std::size_t behind = whole.content - before - extent.content;
  const auto content = rest.subspan(extent.header);
  if (behind != 0 && content.size() > extent.content && content[extent.content] != ber_context(0))
    return Said::kForeign;
  read_operation(content.first(std::min(content.size(), extent.content)), side);
  return Said::kAll;
}

Side read_side(std::span<const std::uint8_t> head, bool ended) {
  constexpr std::size_t kLongest = std::size_t{1} << 24;
  Side side;
  side.view.need = head.size() + 1;
  const BerExtent whole = ber_extent(head);
  if ((!head.empty() && head[0] != kBerSequence) || whole.state == BerExtent::State::kBad ||
      (whole.state == BerExtent::State::kKnown && (whole.content < 5 || whole.content > kLongest))) {
    side.view.said = Said::kForeign;
    return side;
  }
  if (whole.state == BerExtent::State::kMore) {
    side.view.need = whole.header;
    if (ended) side.view.said = Said::kForeign;
    return side;
  }
  const std::size_t size = whole.header + whole.content;
  const Said said = read_message(head, whole, side);
  side.view.need = size;
  if (head.size() >= size) {
    side.used = size;
    side.view.said = said == Said::kAll ? Said::kAll : Said::kForeign;
  } else if (said == Said::kForeign || ended) {
    side.view.said = said == Said::kAll ? Said::kAll : Said::kForeign;
  }
  return side;
}

Handshake told(const Side& client, const Side& server) {
  Handshake handshake;
  handshake.app = "ldap";
  if (client.version) handshake.app_version = std::to_string(*client.version);
  if (client.operation) handshake.add("request", std::string(client.operation->name));
  if (server.operation) handshake.add("reply", std::string(server.operation->name));
  handshake.add_known("bind_dn", client.bind_dn);
  handshake.add_known("bind_mechanism", client.bind_mechanism);
  handshake.add_known("base_dn", client.base_dn);
  if (server.result) handshake.add("result_code", *server.result);
  if (client.starts_tls) handshake.add("starttls", std::int64_t{1});
  return handshake;
}

Answer decide(const Heads& heads, const std::array<Side, 2>& sides, Handshakes& handshakes) {
  Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  const auto is_server = [&](std::size_t i) { return sides[i].operation && sides[i].operation->from_server; };
  const std::size_t client = is_server(0) || (!sides[0].operation && !is_server(1)) ? 1 : 0;
  const Side& server = sides[1 - client];
  handshakes.push_back(told(sides[client], server));
  // Behind a message that was cut off nobody knows where TLS begins.
  const bool whole = sides[client].used != 0 && server.used != 0;
  if (!sides[client].starts_tls || server.result != 0 || !whole) return answer;
  answer.next = Next::kAny;
  for (std::size_t i = 0; i < 2; i++) answer.used[i] = sides[i].used;
  return answer;
}

// Of datagrams the first of each side.
std::span<const std::uint8_t> first_of(const Heads& heads, std::size_t side) {
  return heads.arrivals[side].empty() ? std::span<const std::uint8_t>{}
                                      : heads.bytes[side].first(heads.arrivals[side].front().end);
}

}  // namespace

Answer decode_ldap_tcp(const Heads& heads, Handshakes& handshakes) {
  return decide(heads, {read_side(heads.bytes[0], heads.ended[0]), read_side(heads.bytes[1], heads.ended[1])},
                handshakes);
}

Answer decode_ldap_udp(const Heads& heads, Handshakes& handshakes) {
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; i++) {
    const auto datagram = first_of(heads, i);
    // A datagram that isn't whole gets no rest.
    sides[i] = read_side(datagram, heads.ended[i] || !datagram.empty());
    if (!datagram.empty() && sides[i].used != datagram.size() && !heads.arrivals[i].front().cut) {
      // A server may answer with several messages in one datagram.
      const bool several = sides[i].used != 0 && sides[i].operation && sides[i].operation->from_server;
      if (!several) sides[i].view.said = Said::kForeign;
    }
    sides[i].view.need = heads.bytes[i].size() + 1;
  }
  Answer answer = decide(heads, sides, handshakes);
  answer.next = Next::kNobody;
  answer.used = {};
  return answer;
}

}  // namespace vedette
