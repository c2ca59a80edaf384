#include "decode/rtsp.h"

#include <string>

#include "decode/text_message.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Kind = TextMessage::Kind;

SideView view_of(const TextMessage& message, std::span<const std::uint8_t> bytes, bool ended) {
  SideView view{.said = Said::kNothing, .need = may_grow(bytes, ended) ? bytes.size() + 1 : 0};
  if (message.kind == Kind::kForeign || message.kind == Kind::kVersionless) view.said = Said::kForeign;
  if (message.kind == Kind::kRequest || message.kind == Kind::kResponse)
    view.said = message.whole ? Said::kAll : Said::kPartly;
  return view;
}

}  // namespace

Answer decode_rtsp(const Heads& heads, Handshakes& handshakes) {
  const std::array messages = {parse_text_message(heads.bytes[0], "RTSP", heads.ended[0]),
                               parse_text_message(heads.bytes[1], "RTSP", heads.ended[1])};
  const Answer answer = settle(heads, {view_of(messages[0], heads.bytes[0], heads.ended[0]),
                                       view_of(messages[1], heads.bytes[1], heads.ended[1])});
  if (answer.verdict != Verdict::kDone) return answer;
  const std::size_t client = messages[0].kind != Kind::kRequest && (messages[1].kind == Kind::kRequest ||
                                                                    messages[0].kind == Kind::kResponse)
                                 ? 1
                                 : 0;
  const TextMessage& request = messages[client];
  const TextMessage& response = messages[1 - client];
  Handshake handshake;
  handshake.app = "rtsp";
  if (request.kind == Kind::kRequest) {
    handshake.app_version = request.version;
    handshake.add("method", std::string(request.method));
    handshake.add("uri", std::string(request.target));
    add_field(handshake, "user_agent", request.field("User-Agent"));
  }
  if (response.kind == Kind::kResponse) {
    if (handshake.app_version.empty()) handshake.app_version = response.version;
    handshake.add("status", response.status);
    add_field(handshake, "server", response.field("Server"));
  }
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
