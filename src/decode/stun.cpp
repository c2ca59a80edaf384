#include "decode/stun.h"

#include <algorithm>
#include <optional>
#include <string>

#include "decode/stun_message.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;
using Class = StunMessage::Class;

// ICE has finished its checks, and TURN its allocation, before so many messages.
constexpr std::size_t kMostMessages = 32;

// What both directions said, in STUN alone.
struct Talk {
  std::optional<StunMessage> request, response;  // the first of each kind
  std::optional<std::size_t> client;             // the direction of the first request, or not of the response

  void take(std::size_t side, const StunMessage& message) {
    const bool asks = message.kind == Class::kRequest || message.kind == Class::kIndication;
    auto& first = asks ? request : response;
    if (first) return;
    first = message;
    if (asks || !client) client = asks ? side : 1 - side;
  }
};

Handshake told(const Talk& talk, std::array<std::string, 2> software) {
  Handshake handshake;
  handshake.app = "stun";
  const StunMessage& either = talk.request ? *talk.request : *talk.response;
  if (const auto name = stun_method_name(either.method); !name.empty())
    handshake.add("method", std::string(name));
  const std::size_t client = talk.client.value_or(0);
  handshake.add_known("client_software", software[client]);
  if (!software[1 - client].empty()) handshake.add("server_software", software[1 - client]);
  if (talk.response && talk.response->error != 0) handshake.add("status", talk.response->error);
  return handshake;
}

// Without the magic cookie, twenty bytes prove little.
bool proves(const StunMessage& message, const Heads& heads) {
  constexpr std::uint16_t kPort = 3478;
  return message.has_cookie || (message.classic && message.size > kStunHeader) || heads.ports[0] == kPort ||
         heads.ports[1] == kPort;
}

// Datagrams of a direction, from the first one on, that are STUN's.
struct Leading {
  std::size_t count = 0, bytes = 0;
  bool other = false;  // something else follows
};

bool is_ended_by(const Arrival& arrival, std::size_t size, std::size_t room) {
  return size == room || (arrival.cut && size > room);
}

Leading read_leading(const Heads& heads, std::size_t side, Talk& talk, std::string& software) {
  Leading leading;
  for (const Arrival& arrival : heads.arrivals[side]) {
    const Bytes datagram = heads.bytes[side].subspan(leading.bytes, arrival.end - leading.bytes);
    const auto message = parse_stun(datagram);
    const std::size_t channel = leading.count > 0 ? channel_data_size(datagram) : 0;
    const bool is_channel = channel > 0 && channel <= datagram.size() && datagram.size() - channel < 4;
    if (!is_channel && (!message || !is_ended_by(arrival, message->size, datagram.size()))) {
      leading.other = true;
      return leading;
    }
    if (!is_channel) {
      talk.take(side, *message);
      if (software.empty()) software = message->software;
    }
    leading.count++;
    leading.bytes = arrival.end;
  }
  return leading;
}

std::size_t first_side(const Heads& heads) {
  if (heads.arrivals[0].empty()) return 1;
  if (heads.arrivals[1].empty()) return 0;
  return heads.arrivals[1].front().time < heads.arrivals[0].front().time ? 1 : 0;
}

}  // namespace

// Which datagrams are told of is theirs that stand before anything else, so that the rest can be handed on
// and begins with what is not STUN's: that is not ours, and so nothing is told twice.
Answer decode_stun_udp(const Heads& heads, Handshakes& handshakes) {
  const std::array need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1};
  if (heads.arrivals[0].empty() && heads.arrivals[1].empty()) {
    const bool ended = heads.ended[0] && heads.ended[1];
    return {.verdict = ended ? Verdict::kNotMine : Verdict::kUndecided, .need = need, .used = {}, .next = {}};
  }
  Talk talk;
  std::array<std::string, 2> software;
  const std::size_t first = first_side(heads);
  std::array<Leading, 2> leading;
  for (const std::size_t side : {first, 1 - first})
    leading[side] = read_leading(heads, side, talk, software[side]);
  Answer answer{.verdict = Verdict::kNotMine, .need = need, .used = {}, .next = Next::kNobody};
  if (leading[first].count == 0) return answer;
  const bool ended = heads.ended[0] && heads.ended[1];
  const bool other = leading[0].other || leading[1].other;
  const bool proved = (talk.request && proves(*talk.request, heads)) ||
                      (talk.response && proves(*talk.response, heads)) ||
                      (talk.request && talk.response &&
                       std::ranges::equal(talk.request->transaction, talk.response->transaction));
  if (!proved) {
    if (!ended && !other) answer.verdict = Verdict::kUndecided;
    return answer;
  }
  const bool enough = other || ended || leading[0].count + leading[1].count >= kMostMessages;
  answer.verdict = enough ? Verdict::kDone : Verdict::kMine;
  if (!enough) return answer;
  handshakes.push_back(told(talk, software));
  if (!other) return answer;
  answer.next = Next::kAny;
  answer.used = {leading[0].bytes, leading[1].bytes};
  return answer;
}

namespace {

// A direction of a stream begins with a message; with its length before it where ICE uses TCP (RFC 6544 §3).
SideView read_stream(Bytes bytes, std::optional<StunMessage>& message) {
  constexpr std::size_t kLength = 2;
  constexpr std::size_t kCookieAt = 4;
  constexpr std::uint8_t kCookieBegins = 0x21;
  if (bytes.empty()) return {.said = Said::kNothing, .need = 1};
  if (bytes[0] & 0xc0) return {.said = Said::kForeign};
  if (bytes.size() <= kCookieAt) return {.said = Said::kNothing, .need = kCookieAt + 1};
  const std::size_t begin = bytes[kCookieAt] == kCookieBegins ? 0 : kLength;
  const std::size_t header = begin + kStunHeader;
  if (bytes.size() < header) return {.said = Said::kNothing, .need = header};
  message = parse_stun(bytes.subspan(begin));
  const bool right = message && message->has_cookie &&
                     (begin == 0 || (std::size_t{bytes[0]} << 8 | bytes[1]) == message->size);
  if (!right) {
    message.reset();
    return {.said = Said::kForeign};
  }
  const std::size_t end = begin + message->size;
  return {.said = end > bytes.size() ? Said::kPartly : Said::kAll, .need = end};
}

}  // namespace

Answer decode_stun_tcp(const Heads& heads, Handshakes& handshakes) {
  std::array<std::optional<StunMessage>, 2> messages;
  const Answer answer =
      settle(heads, {read_stream(heads.bytes[0], messages[0]), read_stream(heads.bytes[1], messages[1])});
  if (answer.verdict != Verdict::kDone) return answer;
  Talk talk;
  std::array<std::string, 2> software;
  for (std::size_t side = 0; side < 2; side++) {
    if (!messages[side]) continue;
    talk.take(side, *messages[side]);
    software[side] = messages[side]->software;
  }
  handshakes.push_back(told(talk, software));
  return answer;
}

}  // namespace vedette
