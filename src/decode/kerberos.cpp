#include "decode/kerberos.h"

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

// RFC 4120 §5.10: the application's tag is the message's type.
enum Type : std::uint8_t {
  kAsReq = 10,
  kAsRep = 11,
  kTgsReq = 12,
  kTgsRep = 13,
  kApReq = 14,
  kApRep = 15,
  kError = 30,
};

std::string_view type_name(std::uint8_t type) {
  switch (type) {
    case kAsReq:
      return "AS-REQ";
    case kAsRep:
      return "AS-REP";
    case kTgsReq:
      return "TGS-REQ";
    case kTgsRep:
      return "TGS-REP";
    case kApReq:
      return "AP-REQ";
    case kApRep:
      return "AP-REP";
    case kError:
      return "KRB-ERROR";
    default:
      return {};
  }
}

struct Message {
  std::uint8_t type = 0;  // 0: not known
  std::string realm, client, server;
  std::optional<std::int64_t> error_code;

  [[nodiscard]] bool is_request() const { return type == kAsReq || type == kTgsReq || type == kApReq; }
};

// The content of the field `[number]` of a sequence.
std::optional<std::span<const std::uint8_t>> field(std::span<const std::uint8_t> sequence, unsigned number) {
  for (BerReader reader(sequence); !reader.empty();) {
    const BerElement element = reader.next();
    if (element.tag == ber_context(number)) return element.content;
  }
  return {};
}

std::string string_field(std::span<const std::uint8_t> sequence, unsigned number) {
  constexpr std::uint8_t kGeneralString = 0x1b;
  const auto content = field(sequence, number);
  if (!content) return {};
  const auto text = BerReader(*content).take(kGeneralString);
  return text ? std::string(text_of(*text)) : std::string();
}

std::optional<std::int64_t> number_field(std::span<const std::uint8_t> sequence, unsigned number) {
  const auto content = field(sequence, number);
  if (!content) return {};
  return BerReader(*content).take_number();
}

// PrincipalName, §5.2.2: its parts with "/" between.
std::string name_field(std::span<const std::uint8_t> sequence, unsigned number) {
  constexpr std::uint8_t kGeneralString = 0x1b;
  const auto content = field(sequence, number);
  const auto name = content ? BerReader(*content).take(kBerSequence) : std::nullopt;
  const auto parts = name ? field(*name, 1) : std::nullopt;
  const auto list = parts ? BerReader(*parts).take(kBerSequence) : std::nullopt;
  std::string text;
  if (!list) return text;
  for (BerReader reader(*list); !reader.empty();) {
    const auto part = reader.take(kGeneralString);
    if (!part) break;
    if (!text.empty()) text += '/';
    text += text_of(*part);
  }
  return text;
}

void read_names(std::span<const std::uint8_t> fields, Message& message) {
  constexpr std::uint8_t kTicket = 0x61;
  if (message.type == kAsReq || message.type == kTgsReq) {
    const auto body = field(fields, 4);
    const auto sequence = body ? BerReader(*body).take(kBerSequence) : std::nullopt;
    if (!sequence) return;
    message.client = name_field(*sequence, 1);
    message.realm = string_field(*sequence, 2);
    message.server = name_field(*sequence, 3);
  } else if (message.type == kAsRep || message.type == kTgsRep) {
    message.realm = string_field(fields, 3);
    message.client = name_field(fields, 4);
    const auto ticket = field(fields, 5);
    const auto inside = ticket ? BerReader(*ticket).take(kTicket) : std::nullopt;
    const auto sequence = inside ? BerReader(*inside).take(kBerSequence) : std::nullopt;
    if (sequence) message.server = name_field(*sequence, 2);
  } else if (message.type == kError) {
    message.error_code = number_field(fields, 6);
    message.client = name_field(fields, 8);
    message.realm = string_field(fields, 9);
    message.server = name_field(fields, 10);
  }
}

// `bytes`: a message, or as much of it as there is. None where it is none: version and type stand in it, and
// its tag and lengths agree with them.
std::optional<Message> parse(std::span<const std::uint8_t> bytes, std::size_t size) {
  constexpr std::uint8_t kApplication = 0x60;
  constexpr std::int64_t kVersion = 5;
  const BerExtent outer = ber_extent(bytes);
  if (outer.state != BerExtent::State::kKnown || outer.header + outer.content != size) return {};
  const auto inside = bytes.subspan(outer.header);
  const BerExtent sequence = ber_extent(inside);
  if (sequence.state != BerExtent::State::kKnown || inside[0] != kBerSequence ||
      sequence.header + sequence.content != outer.content)
    return {};
  const auto fields = inside.subspan(sequence.header);
  Message message{.type = static_cast<std::uint8_t>(bytes[0] ^ kApplication),
                  .realm = {},
                  .client = {},
                  .server = {},
                  .error_code = {}};
  if (type_name(message.type).empty()) return {};
  const unsigned first = message.type == kAsReq || message.type == kTgsReq ? 1 : 0;
  if (number_field(fields, first) != kVersion || number_field(fields, first + 1) != message.type) return {};
  read_names(fields, message);
  return message;
}

struct Side {
  SideView view;
  Message message;
};

void take_message(std::span<const std::uint8_t> bytes, std::size_t size, Side& side) {
  const auto message = parse(bytes, size);
  side.view.said = message ? Said::kAll : Said::kForeign;
  if (message) side.message = *message;
}

// A length of four bytes, then the message.
Side read_stream(std::span<const std::uint8_t> head, bool ended) {
  constexpr std::size_t kLength = 4, kLongest = 1 << 17, kFixed = 24;
  Side side;
  side.view.need = head.size() < kLength ? kLength : std::max(head.size() + 1, kLength + kFixed);
  ByteReader reader(head);
  const std::size_t size = reader.u32();
  if ((!head.empty() && head[0] != 0) || (!reader.failed() && (size < kFixed || size > kLongest))) {
    side.view.said = Said::kForeign;
    return side;
  }
  if (reader.failed()) {
    if (ended) side.view.said = Said::kForeign;
    return side;
  }
  const auto message = reader.take(std::min(size, reader.left()));
  if (message.size() < size && !ended) {
    side.view.need = kLength + size;
    if (message.size() < kFixed) side.view.need = std::min(side.view.need, kLength + kFixed);
    const bool foreign = !message.empty() && type_name(static_cast<std::uint8_t>(message[0] ^ 0x60)).empty();
    if (foreign) side.view.said = Said::kForeign;
    return side;
  }
  take_message(message, size, side);
  return side;
}

Side read_datagrams(std::span<const std::uint8_t> head, std::span<const Arrival> arrivals, bool ended) {
  Side side;
  side.view.need = 1;
  if (arrivals.empty()) {
    if (ended) side.view.said = Said::kForeign;
    return side;
  }
  const auto datagram = head.first(arrivals.front().end);
  const BerExtent extent = ber_extent(datagram);
  const bool cut = arrivals.front().cut && extent.state == BerExtent::State::kKnown;
  take_message(datagram, cut ? std::max(datagram.size(), extent.header + extent.content) : datagram.size(),
               side);
  return side;
}

Handshake told(const std::array<Side, 2>& sides) {
  Handshake handshake;
  handshake.app = "kerberos";
  handshake.app_version = "5";
  const auto fact = [&](std::string_view name, std::string Message::*member) {
    for (const bool request : {true, false})
      for (const Side& side : sides)
        if (side.message.type != 0 && side.message.is_request() == request && !(side.message.*member).empty())
          return handshake.add(name, side.message.*member);
  };
  for (const bool request : {true, false})
    for (const Side& side : sides)
      if (side.message.type != 0 && side.message.is_request() == request)
        handshake.add(request ? "request" : "reply", std::string(type_name(side.message.type)));
  fact("realm", &Message::realm);
  fact("client_name", &Message::client);
  fact("server_name", &Message::server);
  for (const Side& side : sides)
    if (side.message.error_code) handshake.add("error_code", *side.message.error_code);
  return handshake;
}

Answer decide(const Heads& heads, const std::array<Side, 2>& sides, Handshakes& handshakes) {
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict == Verdict::kDone) handshakes.push_back(told(sides));
  return answer;
}

}  // namespace

Answer decode_kerberos_tcp(const Heads& heads, Handshakes& handshakes) {
  return decide(heads,
                {read_stream(heads.bytes[0], heads.ended[0]), read_stream(heads.bytes[1], heads.ended[1])},
                handshakes);
}

Answer decode_kerberos_udp(const Heads& heads, Handshakes& handshakes) {
  return decide(heads,
                {read_datagrams(heads.bytes[0], heads.arrivals[0], heads.ended[0]),
                 read_datagrams(heads.bytes[1], heads.arrivals[1], heads.ended[1])},
                handshakes);
}

}  // namespace vedette
