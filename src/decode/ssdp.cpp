#include "decode/ssdp.h"

#include <string>

#include "decode/text.h"
#include "decode/text_message.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Kind = TextMessage::Kind;

bool is_ssdp(const TextMessage& message) {
  if (!message.version.starts_with("1.")) return false;
  if (message.kind == Kind::kResponse) return message.field("ST") || message.field("USN");
  return message.kind == Kind::kRequest && message.target == "*" &&
         (same_word(message.method, "M-SEARCH") || same_word(message.method, "NOTIFY"));
}

// The first message: a datagram.
TextMessage first_message(const Heads& heads, std::size_t side) {
  if (heads.arrivals[side].empty()) return {};
  TextMessage message =
      parse_text_message(heads.bytes[side].first(heads.arrivals[side].front().end), "HTTP", true);
  if (!is_ssdp(message)) message.kind = Kind::kForeign;
  return message;
}

// A search by multicast has its answers in flows of their own, an announcement has none: nobody waits.
SideView view_of(const TextMessage& message) {
  if (message.kind == Kind::kForeign) return {.said = Said::kForeign};
  if (message.kind == Kind::kMore) return {.said = Said::kNothing, .need = 1};
  return {.said = Said::kAll};
}

}  // namespace

Answer decode_ssdp(const Heads& heads, Handshakes& handshakes) {
  const std::array messages = {first_message(heads, 0), first_message(heads, 1)};
  Answer answer = settle(heads, {view_of(messages[0]), view_of(messages[1])});
  if (answer.verdict == Verdict::kUndecided || answer.verdict == Verdict::kNotMine) return answer;
  answer = {.verdict = Verdict::kDone, .need = {}, .used = {}, .next = Next::kNobody};
  Handshake handshake;
  handshake.app = "ssdp";
  for (const TextMessage& message : messages) {
    if (message.kind == Kind::kRequest) {
      handshake.add("method", std::string(message.method));
      add_field(handshake, "host", message.field("Host"));
    }
    if (message.kind == Kind::kResponse) handshake.add("status", message.status);
    if (!message.is_request() && message.kind != Kind::kResponse) continue;
    const std::string* target = message.field("ST");
    add_field(handshake, "search_target", target ? target : message.field("NT"));
    add_field(handshake, "location", message.field("Location"));
    add_field(handshake, "user_agent", message.field("User-Agent"));
    add_field(handshake, "server", message.field("Server"));
    break;
  }
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
