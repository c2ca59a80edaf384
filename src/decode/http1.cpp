#include "decode/http1.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "decode/dns_over_http.h"
#include "decode/http_body.h"
#include "decode/http_chunks.h"
#include "decode/http_content.h"
#include "decode/login_form.h"
#include "decode/text.h"
#include "decode/text_message.h"
#include "decode/two_sides.h"
#include "decode/websocket.h"

namespace vedette {

namespace {

using Kind = TextMessage::Kind;
using Bytes = std::span<const std::uint8_t>;

// RFC 9112 §2.3 makes HTTP/2 a protocol of its own; what says it in this form ("PRI * HTTP/2.0") is not ours.
bool is_http1(const TextMessage& message) {
  return message.version.starts_with("1.") || message.version.starts_with("0.");
}

// HTTP/0.9 has "GET path" alone, and later requests that lost their version look alike: of use only where
// the answer, or a Host field, says that it is HTTP.
bool may_be_versionless(const TextMessage& request) {
  static constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::ranges::find(kMethods, request.method) != std::end(kMethods) &&
         (request.target.starts_with('/') || begins_with_in_any_case(request.target, "http://"));
}

struct Side {
  TextMessage message;
  SideView view;
  bool weak = false;   // sure only together with the other direction
  bool waits = false;  // for the rest of its head
};

Side read_side(Bytes bytes, bool ended) {
  Side side;
  side.message = parse_text_message(bytes, "HTTP", ended);
  side.view.need = may_grow(bytes, ended) ? bytes.size() + 1 : 0;
  switch (side.message.kind) {
    case Kind::kMore:
      break;
    case Kind::kForeign:
      side.view.said = Said::kForeign;
      break;
    case Kind::kVersionless:
      side.weak = may_be_versionless(side.message);
      if (!side.weak) side.view.said = Said::kForeign;
      if (side.weak && side.message.field("Host")) {
        side.view.said = Said::kPartly;
        side.weak = false;
      }
      break;
    case Kind::kRequest:
    case Kind::kResponse:
      side.view.said = is_http1(side.message) ? Said::kPartly : Said::kForeign;
      break;
  }
  if (side.view.said == Said::kForeign) side.message.kind = Kind::kForeign;
  return side;
}

// An answer without a head is HTML, as HTTP/0.9 has it.
bool is_html(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '<';
}

// "http://host:port/path" gives "host:port"; CONNECT's target is nothing else.
std::optional<std::string> host_of(const TextMessage& request) {
  std::string_view target = request.target;
  if (request.method == "CONNECT") return std::string(target);
  const std::size_t scheme = target.find("://");
  if (scheme != std::string_view::npos && scheme > 0 && !target.starts_with('/')) {
    target.remove_prefix(scheme + 3);
    target = target.substr(0, target.find_first_of("/?#"));
    if (const std::size_t user = target.rfind('@'); user != std::string_view::npos)
      target.remove_prefix(user + 1);
    if (!target.empty()) return std::string(target);
  }
  const std::string* field = request.field("Host");
  return field ? std::optional(*field) : std::nullopt;
}

bool upgrades_to(const TextMessage& response, std::string_view protocol) {
  const std::string* upgrade = response.field("Upgrade");
  return response.status == 101 && upgrade && begins_with_in_any_case(*upgrade, protocol);
}

bool is_grpc(const TextMessage& message) {
  const std::string* type = message.field("Content-Type");
  return type && begins_with_in_any_case(*type, "application/grpc");
}

// Of the fields that aren't told by themselves the first that holds what no field is for: a lookup or
// expression
// ("${", which Log4j and others evaluate) or a shell's function ("() {"), from there on.
std::optional<std::string> odd_field(const TextMessage& request) {
  constexpr std::size_t kMostText = 256;  // bytes
  constexpr std::string_view kTold[] = {"Host", "User-Agent", "Referer"};
  for (const auto& [name, value] : request.fields) {
    const std::size_t at = value.starts_with("() {") ? 0 : value.find("${");
    const std::string_view field = name;
    if (at == std::string::npos ||
        std::ranges::any_of(kTold, [&](std::string_view told) { return same_word(field, told); }))
      continue;
    return std::string(name) + ": " + value.substr(at, kMostText);
  }
  return {};
}

// Either may be null, not both.
Handshake told(const TextMessage* request, const TextMessage* response) {
  Handshake handshake;
  handshake.app = "http";
  if (request && !request->version.empty())
    handshake.app_version = "HTTP/" + std::string(request->version);
  else if (response)
    handshake.app_version = "HTTP/" + std::string(response->version);
  else if (request->fields.empty())
    handshake.app_version = "HTTP/0.9";
  if (request) {
    handshake.add("method", std::string(request->method));
    if (const auto host = host_of(*request); host && !host->empty()) handshake.add("host", *host);
    handshake.add("path", std::string(request->target));
    add_field(handshake, "user_agent", request->field("User-Agent"));
    add_field(handshake, "referer", request->field("Referer"));
    if (auto field = odd_field(*request)) handshake.add("odd_field", std::move(*field));
    if (is_grpc(*request)) handshake.add("grpc", 1);
  }
  if (!response) return handshake;
  handshake.add("status", response->status);
  add_field(handshake, "server", response->field("Server"));
  add_field(handshake, "content_type", response->field("Content-Type"));
  add_field(handshake, "location", response->field("Location"));
  if (upgrades_to(*response, "websocket")) {
    handshake.add("websocket", 1);
    add_field(handshake, "subprotocol", response->field("Sec-WebSocket-Protocol"));
  }
  return handshake;
}

// Where a direction's first message ends and the next begins.
HttpBody body_of(const TextMessage& message, Bytes bytes) {
  // Streams of events last as long as somebody listens.
  const std::string* type = message.field("Content-Type");
  if (type && (begins_with_in_any_case(*type, "text/event-stream") ||
               begins_with_in_any_case(*type, "multipart/x-mixed-replace")))
    return {};
  return http_body(message, bytes);
}

// What follows a transaction of which all that is needed is known: the bytes behind both bodies, if they
// can be found.
class Ending {
 public:
  explicit Ending(Answer& answer) : answer_(answer) {}

  void skip(std::size_t side, const HttpBody& body) {
    if (body.state == HttpBody::End::kUnknown || body.end > kMostUsed)
      lost_ = true;
    else
      answer_.used[side] = body.end;
    chunked_[side] = body.state == HttpBody::End::kChunked;
  }
  // Once all sides were skipped.
  void conclude() {
    answer_.verdict = Verdict::kDone;
    if (lost_) return;
    answer_.named = pass_over_http_chunks(chunked_);
    answer_.next = answer_.named ? Next::kNamed : Next::kSame;
  }

 private:
  Answer& answer_;
  std::array<bool, 2> chunked_{};
  bool lost_ = false;
};

std::string_view value(const TextMessage& message, std::string_view name) {
  const std::string* field = message.field(name);
  return field ? std::string_view(*field) : std::string_view();
}

DnsOverHttp dns_in(const TextMessage& request, const TextMessage* response) {
  return {.method = request.method,
          .target = request.target,
          .accept = value(request, "Accept"),
          .request_type = value(request, "Content-Type"),
          .response_type = response ? value(*response, "Content-Type") : std::string_view()};
}

// The response to a request, behind those that are interim (RFC 9110 §15.2).
struct Reply {
  std::optional<TextMessage> final;
  std::size_t begin = 0;  // of `final`, in the server's bytes
  bool foreign = false;   // no response stands there
  bool may_grow = false;  // more bytes may tell more of it
};

Reply reply_in(Bytes bytes, bool ended) {
  Reply reply;
  for (int heads = 0; heads < kMostTextHeads; heads++) {
    const Bytes rest = bytes.subspan(reply.begin);
    TextMessage message = parse_text_message(rest, "HTTP", ended);
    reply.may_grow = may_grow(rest, ended);
    if (message.kind == Kind::kMore) return reply;
    if (message.kind != Kind::kResponse || !is_http1(message)) {
      reply.foreign = true;
      return reply;
    }
    if (message.status / 100 != 1 || message.status == 101) {
      reply.final = std::move(message);
      return reply;
    }
    if (!message.whole) return reply;
    reply.begin += message.size;
  }
  reply.foreign = true;
  return reply;
}

HttpBody shifted(HttpBody body, std::size_t by) {
  body.end += by;
  return body;
}

// A response whose request was not seen.
Answer tell_response(const Heads& heads, std::size_t server, const TextMessage& response,
                     Handshakes& handshakes) {
  Answer answer;
  Ending ending(answer);
  if (response.whole) {
    ending.skip(server, body_of(response, heads.bytes[server]));
    ending.conclude();
  } else if (!may_grow(heads.bytes[server], heads.ended[server])) {
    answer.verdict = Verdict::kDone;
  } else {
    answer.verdict = Verdict::kMine;
    answer.need[server] = heads.bytes[server].size() + 1;
  }
  if (answer.verdict == Verdict::kDone) {
    handshakes.push_back(told(nullptr, &response));
    handshakes.back().time = time_at(heads.arrivals[server], response.begin);
  }
  return answer;
}

// `response` may be null.
void tell(const Heads& heads, std::size_t client, const TextMessage& request, const TextMessage* response,
          Handshakes& handshakes) {
  handshakes.push_back(told(&request, response));
  handshakes.back().time = time_at(heads.arrivals[client], request.begin);
}

// A transaction whose heads are whole, or whose response won't come; its bodies follow.
Answer tell_with_bodies(const Heads& heads, std::size_t client, const TextMessage& request,
                        const Reply& reply, Handshakes& handshakes) {
  const std::size_t server = 1 - client;
  const TextMessage* response = reply.final ? &*reply.final : nullptr;
  const Bytes replied = heads.bytes[server].subspan(reply.begin);
  const HttpBody sent = body_of(request, heads.bytes[client]);
  HttpBody received{HttpBody::End::kKnown, response ? response->size : 0};
  if (response && request.method != "HEAD") received = body_of(*response, replied);
  Answer answer;
  const DnsOverHttp dns = dns_in(request, response);
  HttpContent query, found;
  if (dns.is_one()) {
    query = http_content(sent, request.size, heads.bytes[client], heads.ended[client]);
    if (response) found = http_content(received, response->size, replied, heads.ended[server]);
  } else if (posts_form(request.method, value(request, "Content-Type"))) {
    query = http_content(sent, request.size, heads.bytes[client], heads.ended[client]);
  }
  if (query.need != 0 || found.need != 0) {
    answer.verdict = Verdict::kMine;
    answer.need[client] = query.need;
    if (found.need != 0) answer.need[server] = reply.begin + found.need;
    return answer;
  }
  Ending ending(answer);
  ending.skip(client, sent);
  ending.skip(server, shifted(received, reply.begin));
  ending.conclude();
  tell(heads, client, request, response, handshakes);
  if (!dns.is_one() && request.method == "POST") {
    if (has_password_field(query.bytes)) handshakes.back().add("login_form", 1);
    const bool told = received.state == HttpBody::End::kKnown || received.state == HttpBody::End::kAhead;
    if (response && told)
      handshakes.back().add("content_length", static_cast<std::int64_t>(received.end - response->size));
  }
  if (!dns.is_one()) return answer;
  std::array times = {handshakes.back().time, Nanoseconds{}};
  if (response) times[1] = time_at(heads.arrivals[server], reply.begin + response->begin);
  decode_dns_over_http(dns, query.bytes, found.bytes, times, handshakes);
  return answer;
}

Answer tell_transaction(const Heads& heads, std::size_t client, const TextMessage& request,
                        Handshakes& handshakes) {
  const std::size_t server = 1 - client;
  Answer answer;
  const Reply reply = reply_in(heads.bytes[server], heads.ended[server]);
  const bool request_open = !request.whole && may_grow(heads.bytes[client], heads.ended[client]);
  const bool reply_open = !reply.foreign && !(reply.final && reply.final->whole) && reply.may_grow;
  if (request_open || reply_open) {
    answer.verdict = Verdict::kMine;
    if (request_open) answer.need[client] = heads.bytes[client].size() + 1;
    if (reply_open) answer.need[server] = heads.bytes[server].size() + 1;
    return answer;
  }
  const TextMessage* response = reply.final ? &*reply.final : nullptr;
  const bool whole = request.whole && !reply.foreign && (!response || response->whole);
  const bool hands_on =
      whole && response &&
      (response->status == 101 || (request.method == "CONNECT" && response->status / 100 == 2));
  if (whole && !hands_on) return tell_with_bodies(heads, client, request, reply, handshakes);
  answer.verdict = Verdict::kDone;
  tell(heads, client, request, response, handshakes);
  if (!hands_on) return answer;
  answer.used[client] = request.size;
  answer.used[server] = reply.begin + response->size;
  answer.next = Next::kAny;
  if (upgrades_to(*response, "websocket")) {
    answer.next = Next::kNamed;
    answer.named = decode_websocket;
  }
  return answer;
}

// A versionless request is HTTP if its answer is, and is judged once all of its head is there: fields behind
// it may yet say more.
void judge_weak(const Heads& heads, std::array<Side, 2>& sides) {
  for (std::size_t i = 0; i < 2; i++) {
    Side& other = sides[1 - i];
    if (!sides[i].weak) continue;
    sides[i].waits = !sides[i].message.whole && sides[i].view.need != 0;
    if (sides[i].waits) continue;
    const bool html = is_html(heads.bytes[1 - i]);
    if (html || other.message.kind == Kind::kResponse) {
      sides[i].view.said = Said::kPartly;
    } else if (other.view.said == Said::kForeign && sides[i].message.whole) {
      sides[i].view.said = Said::kForeign;
      sides[i].message.kind = Kind::kForeign;
    }
  }
}

}  // namespace

Answer decode_http1(const Heads& heads, Handshakes& handshakes) {
  std::array sides = {read_side(heads.bytes[0], heads.ended[0]), read_side(heads.bytes[1], heads.ended[1])};
  judge_weak(heads, sides);
  if (sides[0].waits || sides[1].waits) {
    Answer answer{.verdict = Verdict::kUndecided};
    for (std::size_t i = 0; i < 2; i++)
      if (sides[i].view.said != Said::kForeign) answer.need[i] = sides[i].view.need;
    return answer;
  }
  const auto is_request = [&](std::size_t i) {
    return sides[i].view.sure() && sides[i].message.is_request();
  };
  const auto is_response = [&](std::size_t i) {
    return sides[i].view.sure() && sides[i].message.kind == Kind::kResponse;
  };
  if (!sides[0].view.sure() && !sides[1].view.sure()) return settle(heads, {sides[0].view, sides[1].view});

  const std::size_t client = is_request(0) ? 0 : is_request(1) ? 1 : is_response(0) ? 1 : 0;
  const std::size_t server = 1 - client;
  const auto time_of = [&](std::size_t i) { return time_at(heads.arrivals[i], sides[i].message.begin); };
  if (is_request(client)) {
    const bool stray = is_response(server) && time_of(server) < time_of(client);
    if (stray) return tell_response(heads, server, sides[server].message, handshakes);
    return tell_transaction(heads, client, sides[client].message, handshakes);
  }
  // A response alone: its request may come yet, if it is late in the capture.
  const bool open = sides[client].view.said == Said::kNothing && !heads.ended[client];
  if (!open) return tell_response(heads, server, sides[server].message, handshakes);
  return {.verdict = Verdict::kMine,
          .need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1},
          .used = {},
          .next = Next::kNobody};
}

}  // namespace vedette
