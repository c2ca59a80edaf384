#include "decode/http2.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <string_view>

#include "decode/dns_over_http.h"
#include "decode/http2_frames.h"
#include "decode/http_body.h"
#include "decode/login_form.h"
#include "decode/reading_again.h"
#include "decode/text.h"
#include "decode/text_message.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

struct Side {
  SideView view;
  Http2Frames frames;
  std::size_t begin = 0;  // of the frames, in the side's bytes
  bool open = false;      // more frames may come

  [[nodiscard]] Bytes content(std::uint32_t stream) const {
    const auto body = frames.bodies.find(stream);
    return body == frames.bodies.end() ? Bytes{} : Bytes(body->second.bytes);
  }
  // Its stream's end is there, or will not come.
  [[nodiscard]] bool has_all_of(std::uint32_t stream) const { return !open || frames.ended.contains(stream); }
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

// An interim one (1xx) is not it, nor is one that the server promised by itself: its streams are even.
bool is_response(const Http2Section& section) {
  return !section.promised && section.stream % 2 == 1 && status_of(section) >= 200;
}

Side read_client(Bytes head, bool ended) {
  Side client;
  const std::string_view text = text_of(head);
  const std::size_t known = std::min(text.size(), kHttp2Preface.size());
  if (text.substr(0, known) != kHttp2Preface.substr(0, known)) {
    client.view.said = Said::kForeign;
    return client;
  }
  client.open = !ended;
  if (known < kHttp2Preface.size()) {
    client.view.need = head.empty() ? 1 : kHttp2Preface.size();
    return client;
  }
  client.begin = known;
  client.frames = read_http2_frames(head.subspan(known));
  client.open = !ended && !client.frames.broken;
  client.view.said = client.frames.broken ? Said::kAll : Said::kPartly;
  client.view.need = known + client.frames.need;
  return client;
}

// Alone it is sure by a response that could be decoded. An upgraded connection's is on stream 1 (RFC 7540
// §3.2), and so is the usual first request's.
Side read_server(Bytes head, bool ended, const Side& client) {
  Side server;
  server.frames = read_http2_frames(head);
  server.open = !ended && !server.frames.broken;
  server.view.need = head.empty() ? 1 : server.frames.need;
  const bool sure = std::ranges::any_of(server.frames.sections, [&](const Http2Section& section) {
    return is_response(section) && (client.view.sure() || section.stream == 1);
  });
  if (sure)
    server.view.said = server.frames.broken ? Said::kAll : Said::kPartly;
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
    add_field(handshake, "location", response->field("location"));
  }
  return handshake;
}

// "" where there is none.
std::string_view value(const Http2Section* section, std::string_view name) {
  const std::string* field = section ? section->field(name) : nullptr;
  return field ? std::string_view(*field) : std::string_view();
}

// The transactions of the known bytes in the order of the responses, behind them the requests that none came
// for: what was told of fewer bytes stays in front.
class Transactions {
 public:
  Transactions(const Heads& heads, std::size_t from, const Side& client, const Side& server)
      : heads_(heads), from_(from), client_(client), server_(server) {
    // A client opens its streams in their order (RFC 9113 §5.1.1), so that none comes later before the last.
    for (const Http2Section& section : client.frames.sections) {
      if (section.stream <= last_stream_) continue;
      last_stream_ = section.stream;
      if (is_request(section)) requests_.emplace(section.stream, &section);
    }
  }

  // Those of which all is known.
  void tell(Handshakes& handshakes) {
    for (const Http2Section& section : server_.frames.sections)
      if (is_response(section) && !answered_.contains(section.stream) && !tell_response(section, handshakes))
        return;
    if (server_.open) return;
    for (const auto& [stream, request] : requests_)
      if (!answered_.contains(stream) && !tell(request, nullptr, handshakes)) return;
  }

 private:
  // False where more bytes may tell more of it.
  bool tell_response(const Http2Section& response, Handshakes& handshakes) {
    const auto known = requests_.find(response.stream);
    const Http2Section* request = known == requests_.end() ? nullptr : known->second;
    if (!request && client_.open && response.stream > last_stream_) return false;
    if (!tell(request, &response, handshakes)) return false;
    answered_.insert(response.stream);
    return true;
  }

  // One of both may be null.
  bool tell(const Http2Section* request, const Http2Section* response, Handshakes& handshakes) {
    const DnsOverHttp dns{.method = value(request, ":method"),
                          .target = value(request, ":path"),
                          .accept = value(request, "accept"),
                          .request_type = value(request, "content-type"),
                          .response_type = value(response, "content-type")};
    const std::uint32_t stream = (request ? request : response)->stream;
    if (dns.is_one() && !(client_.has_all_of(stream) && server_.has_all_of(stream))) return false;
    const bool form = posts_form(dns.method, dns.request_type);
    if (form && !client_.has_all_of(stream)) return false;
    handshakes.push_back(told(request, response));
    if (form && has_password_field(client_.content(stream))) handshakes.back().add("login_form", 1);
    if (const auto length = content_length(value(response, "content-length")); length && dns.method == "POST")
      handshakes.back().add("content_length", static_cast<std::int64_t>(*length));
    const std::array times = {request ? time_of(from_, client_, request->begin) : Nanoseconds{},
                              response ? time_of(1 - from_, server_, response->begin) : Nanoseconds{}};
    handshakes.back().time = request ? times[0] : times[1];
    if (dns.is_one())
      decode_dns_over_http(dns, client_.content(stream), server_.content(stream), times, handshakes);
    return true;
  }

  [[nodiscard]] Nanoseconds time_of(std::size_t direction, const Side& side, std::size_t offset) const {
    return time_at(heads_.arrivals[direction], side.begin + offset);
  }

  const Heads& heads_;
  std::size_t from_;
  const Side& client_;
  const Side& server_;
  std::map<std::uint32_t, const Http2Section*> requests_;  // in the order in which they came
  std::set<std::uint32_t> answered_;
  std::uint32_t last_stream_ = 0;
};

}  // namespace

Answer decode_http2(const Heads& heads, Handshakes& handshakes) {
  const std::array clients = {read_client(heads.bytes[0], heads.ended[0]),
                              read_client(heads.bytes[1], heads.ended[1])};
  const std::size_t from = clients[0].view.sure()                                              ? 0
                           : clients[1].view.sure()                                            ? 1
                           : clients[0].view.said == Said::kForeign && !heads.bytes[0].empty() ? 1
                                                                                               : 0;
  const Side& client = clients[from];
  const Side server = read_server(heads.bytes[1 - from], heads.ended[1 - from], client);
  std::array<SideView, 2> sides;
  sides[from] = client.view;
  sides[1 - from] = server.view;
  Answer answer = settle(heads, sides);
  if (answer.verdict != Verdict::kMine && answer.verdict != Verdict::kDone) return answer;
  Transactions(heads, from, client, server).tell(handshakes);
  answer.stand = handshakes.size();
  if (answer.verdict == Verdict::kDone && handshakes.empty()) handshakes.push_back(told(nullptr, nullptr));
  const std::size_t read = client.frames.count + server.frames.count;
  for (std::size_t side = 0; side < 2; side++)
    answer.need[side] = read_again_at(answer.need[side], heads.bytes[side].size(), read);
  return answer;
}

}  // namespace vedette
