#include "decode/sip.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "decode/text_message.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Kind = TextMessage::Kind;
using Bytes = std::span<const std::uint8_t>;

bool is_sip(const TextMessage& message) {
  return (message.kind == Kind::kRequest || message.kind == Kind::kResponse) && message.version == "2.0";
}

// The compact form of a name is one letter (RFC 3261 §7.3.3).
const std::string* field(const TextMessage& message, std::string_view name, std::string_view compact) {
  const std::string* value = message.field(name);
  return value ? value : message.field(compact);
}

// What a direction says: its first request, its best response.
struct Side {
  SideView view;
  std::optional<TextMessage> request, response;
  std::size_t request_begin = 0, response_begin = 0;

  [[nodiscard]] bool final() const { return response && response->whole && response->status >= 200; }
};

std::size_t body_size(const TextMessage& message) {
  const std::string* text = field(message, "Content-Length", "l");
  std::size_t size = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), size);
  return std::min(size, std::size_t{1} << 20);
}

void keep(TextMessage message, std::size_t begin, Side& side) {
  if (message.kind == Kind::kRequest && !side.request) {
    side.request_begin = begin;
    side.request = std::move(message);
  } else if (message.kind == Kind::kResponse && !side.final() && message.whole) {
    side.response_begin = begin;
    side.response = std::move(message);
  }
}

// Of a stream, messages end where their Content-Length says.
Side read_stream(Bytes bytes, bool ended) {
  Side side;
  side.view.need = bytes.size() + 1;
  std::size_t begin = 0;
  for (int heads = 0; begin < bytes.size() && !side.final(); heads++) {
    const Bytes rest = bytes.subspan(begin);
    TextMessage message = parse_text_message(rest, "SIP", ended);
    if (!may_grow(rest, ended) || heads == kMostTextHeads) side.view.need = 0;
    if (message.kind == Kind::kMore || heads == kMostTextHeads) break;
    if (!is_sip(message)) {
      if (!side.view.sure()) side.view.said = Said::kForeign;
      break;
    }
    side.view.said = Said::kPartly;
    const bool whole = message.whole;
    const std::size_t end = begin + message.size + body_size(message);
    keep(std::move(message), begin, side);
    if (!whole) break;
    begin = end;
  }
  return side;
}

// Of datagrams, a message each, with empty ones between that keep NAT bindings alive (RFC 5626 §3.5.1): line
// ends alone, or up to four bytes of anything.
Side read_datagrams(Bytes bytes, std::span<const Arrival> arrivals) {
  constexpr std::size_t kMostKeepAlive = 4;
  Side side;
  side.view.need = bytes.size() + 1;
  std::size_t begin = 0;
  for (const Arrival& arrival : arrivals) {
    const Bytes datagram = bytes.subspan(begin, arrival.end - begin);
    const std::size_t at = begin;
    begin = arrival.end;
    if (datagram.size() <= kMostKeepAlive) continue;
    TextMessage message = parse_text_message(datagram, "SIP", true);
    if (!is_sip(message)) {
      const bool empty = message.kind == Kind::kMore && message.begin == datagram.size();
      if (!side.view.sure() && !empty) side.view.said = Said::kForeign;
      if (empty || side.view.sure()) continue;
      break;
    }
    side.view.said = Said::kPartly;
    message.whole = true;  // nothing more of it will come
    keep(std::move(message), at, side);
  }
  return side;
}

// "Alice <sip:alice@example.com>;tag=1" gives "sip:alice@example.com".
std::string uri_of(std::string_view address) {
  if (const std::size_t open = address.find('<'); open != std::string_view::npos) {
    address.remove_prefix(open + 1);
    return std::string(address.substr(0, address.find('>')));
  }
  return std::string(address.substr(0, address.find_first_of("; \t")));
}

void add_uri(Handshake& handshake, std::string_view name, const std::string* address) {
  if (!address) return;
  if (std::string uri = uri_of(*address); !uri.empty()) handshake.add(name, std::move(uri));
}

Handshake told(const Side& client, const Side& server) {
  Handshake handshake;
  handshake.app = "sip";
  handshake.app_version = "2.0";
  const TextMessage* request = client.request ? &*client.request : nullptr;
  const TextMessage* response = server.response ? &*server.response : nullptr;
  if (request) {
    handshake.add("method", std::string(request->method));
    handshake.add("uri", std::string(request->target));
  }
  if (const TextMessage* either = request ? request : response) {
    add_uri(handshake, "from", field(*either, "From", "f"));
    add_uri(handshake, "to", field(*either, "To", "t"));
  }
  if (request) add_field(handshake, "user_agent", request->field("User-Agent"));
  if (response) {
    handshake.add("status", response->status);
    add_field(handshake, "server", response->field("Server"));
  }
  return handshake;
}

// Either end may send requests: the client is whose came first.
std::size_t client_of(const Heads& heads, const std::array<Side, 2>& sides) {
  if (!sides[1].request) return sides[0].request || !sides[0].response ? 0 : 1;
  if (!sides[0].request) return 1;
  return time_at(heads.arrivals[1], sides[1].request_begin) <
                 time_at(heads.arrivals[0], sides[0].request_begin)
             ? 1
             : 0;
}

Answer decode(const Heads& heads, std::array<Side, 2> sides, Handshakes& handshakes) {
  const std::size_t client = client_of(heads, sides);
  Side& from_client = sides[client];
  Side& from_server = sides[1 - client];
  if (from_client.view.sure() && from_client.request && from_client.request->whole)
    from_client.view.said = Said::kAll;
  if (from_server.final()) from_server.view.said = Said::kAll;
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict == Verdict::kDone) handshakes.push_back(told(from_client, from_server));
  return answer;
}

}  // namespace

Answer decode_sip_tcp(const Heads& heads, Handshakes& handshakes) {
  return decode(heads,
                {read_stream(heads.bytes[0], heads.ended[0]), read_stream(heads.bytes[1], heads.ended[1])},
                handshakes);
}

Answer decode_sip_udp(const Heads& heads, Handshakes& handshakes) {
  return decode(
      heads,
      {read_datagrams(heads.bytes[0], heads.arrivals[0]), read_datagrams(heads.bytes[1], heads.arrivals[1])},
      handshakes);
}

}  // namespace vedette
