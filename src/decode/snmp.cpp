#include "decode/snmp.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "decode/ber.h"
#include "decode/datagrams.h"
#include "decode/dns_message.h"
#include "decode/encodings.h"
#include "decode/ports.h"
#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::uint8_t kObject = 0x06;    // an OBJECT IDENTIFIER's tag
constexpr std::uint8_t kFirstPdu = 0xa0;  // [0], [1] … as RFC 3416 §3 numbers them
constexpr std::array<std::string_view, 9> kPdus = {"get",      "get-next", "response", "set",   "trap",
                                                   "get-bulk", "inform",   "trap-v2",  "report"};
constexpr std::uint8_t kTrapV1 = kFirstPdu + 4;
constexpr std::uint16_t kAgentPort = 161, kTrapPort = 162;
constexpr std::size_t kMostArcs = 128;  // of an object identifier (RFC 3416 §4.1)

constexpr std::uint8_t kAuthenticated = 1, kEncrypted = 2;  // of a v3 header's flags
constexpr std::int64_t kUserModel = 3;

using Data = std::span<const std::uint8_t>;

struct Message {
  std::int64_t version = 0;  // 0 v1, 1 v2c, 3
  std::optional<std::string> community, user;
  std::string pdu, oid, engine_id, security_level;
};

// X.690 §8.19: the first number is 40 times the first arc plus the second.
std::string object_text(Data bytes) {
  std::string text;
  std::uint64_t arc = 0;
  std::size_t arcs = 0;
  for (const std::uint8_t byte : bytes) {
    arc = arc << 7 | (byte & 0x7f);
    if (byte & 0x80) continue;
    if (arcs++ == kMostArcs) break;
    if (text.empty()) {
      const std::uint64_t first = std::min<std::uint64_t>(arc / 40, 2);
      text = std::to_string(first) + "." + std::to_string(arc - 40 * first);
    } else {
      text += "." + std::to_string(arc);
    }
    arc = 0;
  }
  return text;
}

// RFC 1157 §4.1.6, RFC 3416 §3: three numbers, then pairs of a name and a value; of a trap of v1 five other
// elements stand before those.
bool read_pdu(BerReader& rest, Message& message) {
  const std::uint8_t tag = rest.tag();
  if (tag < kFirstPdu || tag >= kFirstPdu + kPdus.size()) return false;
  message.pdu = kPdus[tag - kFirstPdu];
  BerReader pdu(rest.next().content);
  if (rest.failed()) return false;
  for (int before = tag == kTrapV1 ? 5 : 3; before > 0; before--) {
    if (tag != kTrapV1 && pdu.tag() != kBerInteger) return false;
    pdu.next();
  }
  const auto variables = pdu.take(kBerSequence);
  if (!variables || !pdu.empty()) return false;
  BerReader list(*variables);
  if (const auto variable = list.take(kBerSequence))
    if (const auto object = BerReader(*variable).take(kObject)) message.oid = object_text(*object);
  return true;
}

// RFC 3412 §6.
bool read_v3_header(BerReader& rest, Message& message, std::int64_t& model) {
  const auto header = rest.take(kBerSequence);
  if (!header) return false;
  BerReader fields(*header);
  const auto id = fields.take_number(), most = fields.take_number();
  const auto flags = fields.take(kBerOctets);
  const auto security_model = fields.take_number();
  if (!id || !most || !flags || flags->size() != 1 || !security_model || !fields.empty()) return false;
  const std::uint8_t level = (*flags)[0] & (kAuthenticated | kEncrypted);
  message.security_level = level == 0 ? "noAuthNoPriv" : level == kAuthenticated ? "authNoPriv" : "authPriv";
  model = *security_model;
  return true;
}

// What stands behind it: the user (RFC 3414 §2.4) and, where it isn't encrypted, the PDU.
bool read_v3_rest(BerReader& rest, std::int64_t model, Message& message) {
  const auto security = rest.take(kBerOctets);
  if (!security) return false;
  if (model == kUserModel) {
    const auto parameters = BerReader(*security).take(kBerSequence);
    if (!parameters) return false;
    BerReader user_model(*parameters);
    const auto engine = user_model.take(kBerOctets);
    const auto boots = user_model.take_number(), time = user_model.take_number();
    const auto user = user_model.take(kBerOctets);
    if (!engine || !boots || !time || !user) return false;
    message.engine_id = hex_text(*engine);
    if (!user->empty()) message.user = std::string(text_of(*user));
  }
  if (message.security_level == "authPriv") return rest.take(kBerOctets).has_value();
  const auto scoped = rest.take(kBerSequence);
  if (!scoped) return false;
  BerReader pdu(*scoped);
  return pdu.take(kBerOctets) && pdu.take(kBerOctets) && read_pdu(pdu, message);
}

// On its own port a message is told as far as it goes, if its length, its version and what follows that are
// right.
std::optional<Message> read_message(Data bytes, bool at_home) {
  const BerExtent extent = ber_extent(bytes);
  if (extent.state != BerExtent::State::kKnown || bytes[0] != kBerSequence) return {};
  if (extent.content > bytes.size() - extent.header && !at_home) return {};
  const Data content = bytes.subspan(extent.header);
  BerReader rest(content.first(std::min(extent.content, content.size())));
  const auto version = rest.take_number();
  if (!version || (*version != 0 && *version != 1 && *version != 3)) return {};
  Message message;
  message.version = *version;
  if (message.version == 3) {
    std::int64_t model = 0;
    if (!read_v3_header(rest, message, model)) return {};
    return read_v3_rest(rest, model, message) || at_home ? std::optional(message) : std::nullopt;
  }
  const auto community = rest.take(kBerOctets);
  if (!community || (!read_pdu(rest, message) && !(at_home && !message.pdu.empty()))) return {};
  message.community = std::string(text_of(*community));
  return message;
}

void tell(const Message& message, Handshake& handshake) {
  handshake.app = "snmp";
  handshake.app_version = message.version == 0 ? "v1" : message.version == 1 ? "v2c" : "v3";
  handshake.add_known("pdu", message.pdu);
  if (message.community) handshake.add("community", *message.community);
  if (message.user) handshake.add("user", *message.user);
  handshake.add_known("engine_id", message.engine_id);
  handshake.add_known("security_level", message.security_level);
  handshake.add_known("oid", message.oid);
}

}  // namespace

Answer decode_snmp(const Heads& heads, Handshakes& handshakes) {
  // A resolver's port is asked all kinds of things; what it says itself is of more use.
  if (uses_port(heads, kDnsPort)) return {.verdict = Verdict::kNotMine};
  const bool at_home = uses_port(heads, kAgentPort) || uses_port(heads, kTrapPort);
  std::optional<Message> told;
  for (const FlowDatagram& datagram : datagrams_of(heads)) {
    const auto message = read_message(datagram.bytes, at_home);
    if (!message && !told) return {.verdict = Verdict::kNotMine};
    if (!message) continue;
    if (!told || message->user) told = message;
    if (told->user || told->version != 3) break;
  }
  const bool ended = heads.ended[0] && heads.ended[1];
  const std::array more = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1};
  if (!told) return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = {1, 1}};
  if (told->version == 3 && !told->user && !ended) return {.verdict = Verdict::kMine, .need = more};
  tell(*told, handshakes.emplace_back());
  return {.verdict = Verdict::kDone};
}

}  // namespace vedette
