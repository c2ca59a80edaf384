#include "decode/http2.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "decode/http2_frames.h"
#include "decode/text.h"
#include "decode/text_message.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

struct Client {
  SideView view;
  Http2Frames frames;
  const Http2Section* request = nullptr;
};

// Three digits; 0 where there is none.
int status_of(const Http2Section& section) {
  const std::string* text = section.field(":status");
  int status = 0;
  if (text && text->size() == 3) std::from_chars(text->data(), text->data() + text->size(), status);
  return status;
}

bool is_request(const Http2Section& section) {
  return !section.promised && section.field(":method") != nullptr;
}

// An interim one (1xx) is not it.
bool is_response_to(const Http2Section& section, std::uint32_t stream) {
  return !section.promised && section.stream == stream && status_of(section) >= 200;
}

Client read_client(Bytes head) {
  Client client;
  const std::string_view text = text_of(head);
  const std::size_t known = std::min(text.size(), kHttp2Preface.size());
  if (text.substr(0, known) != kHttp2Preface.substr(0, known)) {
    client.view.said = Said::kForeign;
    return client;
  }
  if (known < kHttp2Preface.size()) {
    client.view.need = head.empty() ? 1 : kHttp2Preface.size();
    return client;
  }
  client.frames = read_http2_frames(head.subspan(known), {}, is_request);
  const auto& sections = client.frames.sections;
  if (!sections.empty() && is_request(sections.back())) client.request = &sections.back();
  client.view.said = client.request || client.frames.broken ? Said::kAll : Said::kPartly;
  client.view.need = known + client.frames.need;
  return client;
}

struct Server {
  SideView view;
  Http2Frames frames;
  const Http2Section* response = nullptr;
};

// Alone it is sure by a response that could be decoded. An upgraded connection's is on stream 1 (RFC 7540
// §3.2), and so is the usual first request's.
Server read_server(Bytes head, const Client& client) {
  const std::uint32_t stream = client.request ? client.request->stream : 1;
  Server server;
  server.frames = read_http2_frames(head, client.frames.table, [&](const Http2Section& section) {
    return is_response_to(section, stream);
  });
  const auto& sections = server.frames.sections;
  if (!sections.empty() && is_response_to(sections.back(), stream)) server.response = &sections.back();
  server.view.need = head.empty() ? 1 : server.frames.need;
  if (server.response)
    server.view.said = Said::kAll;
  else if (server.frames.broken)
    server.view.said = Said::kForeign;
  return server;
}

Handshake told(const Http2Section* request, const Http2Section* response) {
  Handshake handshake;
  handshake.app = "http";
  handshake.app_version = "HTTP/2";
  if (request) {
    const std::string* authority = request->field(":authority");
    add_field(handshake, "method", request->field(":method"));
    add_field(handshake, "host", authority ? authority : request->field("host"));
    add_field(handshake, "path", request->field(":path"));
    add_field(handshake, "user_agent", request->field("user-agent"));
    add_field(handshake, "referer", request->field("referer"));
    const std::string* type = request->field("content-type");
    if (type && begins_with_in_any_case(*type, "application/grpc")) handshake.add("grpc", 1);
  }
  if (response) {
    handshake.add("status", status_of(*response));
    add_field(handshake, "server", response->field("server"));
    add_field(handshake, "content_type", response->field("content-type"));
  }
  return handshake;
}

}  // namespace

Answer decode_http2(const Heads& heads, Handshakes& handshakes) {
  const std::array clients = {read_client(heads.bytes[0]), read_client(heads.bytes[1])};
  const std::size_t from = clients[0].view.sure()                                              ? 0
                           : clients[1].view.sure()                                            ? 1
                           : clients[0].view.said == Said::kForeign && !heads.bytes[0].empty() ? 1
                                                                                               : 0;
  const Client& client = clients[from];
  const Server server = read_server(heads.bytes[1 - from], client);
  std::array<SideView, 2> sides;
  sides[from] = client.view;
  sides[1 - from] = server.view;
  const Answer answer = settle(heads, sides);
  if (answer.verdict == Verdict::kDone) handshakes.push_back(told(client.request, server.response));
  return answer;
}

}  // namespace vedette
