#include "gateway/connection.h"

#include <fmt/format.h>

#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

#include "gateway/csrf.h"
#include "gateway/head_reading.h"
#include "gateway/relay.h"
#include "gateway/security_fields.h"

namespace vedette {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using namespace std::chrono_literals;

// Who takes longer than these is cut off without an answer.
constexpr auto kHandshakeTime = 10s;
constexpr auto kIdleTime = 75s;
constexpr auto kHeadTime = 10s;  // from its first byte
constexpr auto kBodyTime = 30s;  // all of it
constexpr auto kWriteTime = 30s;
constexpr auto kGoodbyeTime = 2s;
constexpr std::size_t kPiece = 8 * 1024;
constexpr std::size_t kMostBuffered = 64 * 1024;
constexpr std::size_t kMostOwnBody = 16 * 1024;     // of /auth/
constexpr std::size_t kMostBody = 8 * 1024 * 1024;  // of the packet API: policies

bool only_reads(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

// Letters that mean the same to every reader: no percent-encoding, no backslash, no "..", no "//".
bool is_plain_path(std::string_view path) {
  constexpr std::string_view kOthers = "/-._~";
  for (std::size_t at = 0; at < path.size(); at++) {
    const char one = path[at];
    const bool is_plain = (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') ||
                          (one >= 'A' && one <= 'Z') || kOthers.find(one) != std::string_view::npos;
    if (!is_plain) return false;
  }
  return path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
}

std::string actor_text(const Asked& by) {
  return fmt::format("{}/{} {}", caller_kind_name(by.caller->kind), by.caller->id, by.client);
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, TlsSettings tls, ConnectionLimit::Ticket ticket,
                       const asio::ip::address& client, const Services& services)
    : tls_(std::move(tls)),
      ticket_(std::move(ticket)),
      network_(ClientNetwork::of(client)),
      client_(plain_address(client).to_string()),
      services_(services),
      stream_(beast::tcp_stream(std::move(socket)), *tls_),
      buffer_(kMostBuffered) {}

void Connection::finish() {
  if (idle_) cut();
}

void Connection::cut() {
  beast::get_lowest_layer(stream_).close();
}

Awaitable<void> Connection::run() {
  boost::system::error_code error;
  beast::get_lowest_layer(stream_).expires_after(kHandshakeTime);
  co_await stream_.async_handshake(asio::ssl::stream_base::server, into(error));
  if (error) co_return;
  bool goes_on = true;
  while (goes_on && !services_.stopping) {
    goes_on = co_await take_head();
    if (goes_on) goes_on = co_await serve();
  }
  co_await say_goodbye();
}

// Up to the head's end; false where there is none, and nothing more to be said.
Awaitable<bool> Connection::take_head() {
  idle_ = true;
  auto& tcp = beast::get_lowest_layer(stream_);
  tcp.expires_after(kIdleTime);
  if (buffer_.size() != 0) tcp.expires_after(kHeadTime);
  for (;;) {
    const std::string_view bytes(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    auto flaw = find_head(bytes, head_size_);
    if (!flaw && head_size_ != 0) flaw = read_head(bytes.substr(0, head_size_), head_);
    if (!bytes.empty()) idle_ = false;
    if (flaw) {
      head_.method.clear();
      co_return co_await refuse(flaw->status, "unusable request", std::move(flaw->detail));
    }
    if (head_size_ != 0) break;
    boost::system::error_code error;
    const std::size_t size = co_await stream_.async_read_some(buffer_.prepare(kPiece), into(error));
    if (error) co_return false;
    if (buffer_.size() == 0) tcp.expires_after(kHeadTime);
    buffer_.commit(size);
  }
  co_return true;
}

// False where it was refused, and told.
Awaitable<bool> Connection::take_body(std::size_t most) {
  body_.clear();
  if (head_.content_length.value_or(0) > most)
    co_return co_await refuse(
        413, "too long",
        fmt::format("expected a body of {} bytes at most, found {}", most, *head_.content_length));
  boost::system::error_code error;
  auto& tcp = beast::get_lowest_layer(stream_);
  tcp.expires_after(kBodyTime);
  const bool has_body = head_.chunked || head_.content_length.value_or(0) != 0;
  if (has_body && head_.awaits_continue) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()), into(error));
    if (error) co_return false;
  }
  // The head was read strictly; it is the chunks that are left to be told apart.
  http::request_parser<http::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(kLongestHead + 1));
  parser.body_limit(most);
  co_await http::async_read(stream_, buffer_, parser, into(error));
  if (error == http::error::body_limit)
    co_return co_await refuse(413, "too long", fmt::format("expected a body of {} bytes at most", most));
  if (error && error.category() == http::make_error_code(http::error::bad_chunk).category())
    co_return co_await refuse(400, "unusable request", fmt::format("the body: {}", error.message()));
  if (error) co_return false;
  body_ = std::move(parser.get().body());
  co_return true;
}

Awaitable<bool> Connection::serve() {
  const Access access = access_of(head_.method, head_.path);
  if (access.place == Place::kFiles) {
    if (!co_await take_body(kMostOwnBody)) co_return false;
    co_return co_await send(services_.files.answer(head_), kPagePolicy);
  }
  Asked by{.caller = std::nullopt, .client = client_};
  if (access.place != Place::kOpen) {
    by.caller = services_.callers.find(head_, Instant::now());
    if (!by.caller) co_return co_await send_without_body(services_.routes.refuse(head_));
  }
  if (!is_plain_path(head_.path))
    co_return co_await refuse(400, "unusable request",
                              "expected a path of letters, digits, - . _ ~ and /, none of them encoded");
  if (const auto flaw = csrf_flaw(head_, by.caller))
    co_return co_await refuse(403, "not from our own page", *flaw);
  if (by.caller && !by.caller->scopes.has(access.scope))
    co_return co_await refuse(403, "not allowed",
                              fmt::format("this takes a key with the scope {}", scope_name(access.scope)));
  if (by.caller && access.session_alone && by.caller->kind == CallerKind::kKey)
    co_return co_await refuse(403, "not allowed", "this takes a session: no key may do it");
  if (access.place == Place::kPacket) {
    if (!co_await take_body(kMostBody)) co_return false;
    co_return co_await hand_on(by);
  }
  if (!co_await take_body(kMostOwnBody)) co_return false;
  co_return co_await answer_own(std::move(by));
}

Awaitable<bool> Connection::answer_own(Asked by) {
  AuthRequest request{head_, std::move(body_), std::move(by), network_, Instant::now()};
  Reply reply;
  if (only_reads(head_.method))
    reply = services_.routes.answer(request);
  else
    reply = co_await services_.worker.answer([this, &request] { return services_.routes.answer(request); });
  co_return co_await send(std::move(reply), kDataPolicy);
}

Awaitable<bool> Connection::hand_on(const Asked& by) {
  const auto place = services_.sensor_limit.enter(network_);
  if (!place) {
    Reply full =
        problem_reply(503, "no room", "too many requests to the sensor are on their way", head_.path);
    full.fields.emplace_back("Retry-After", "1");
    co_return co_await send(std::move(full), kDataPolicy);
  }
  const bool changes = !only_reads(head_.method);
  const Caller caller = *by.caller;
  RelayOrder order{.head = head_,
                   .body = std::move(body_),
                   .actor = actor_text(by),
                   .socket = services_.socket,
                   .strict_transport = services_.strict_transport,
                   .goes_on = [this, caller] {
                     return !services_.stopping && services_.callers.goes_on(caller, Instant::now());
                   }};
  Relayed relayed = co_await relay(stream_, std::move(order));
  if (changes) note_change(by, relayed.status);
  if (relayed.instead) co_return co_await send(std::move(*relayed.instead), kDataPolicy);
  if (!relayed.whole) cut();
  co_return relayed.whole&& head_.keeps_alive;
}

// What was asked of the sensor stands in its own trail; here, that it was, for checking the one by the other.
void Connection::note_change(const Asked& by, unsigned status) {
  services_.worker.post([&audit = services_.audit, by, method = head_.method, path = head_.path, status] {
    audit.record("asked", by, [&](JsonWriter& json) {
      json.field("method", std::string_view(method));
      json.field("path", std::string_view(path));
      json.field("status", status);
    });
  });
}

Awaitable<bool> Connection::refuse(unsigned status, std::string_view title, std::string detail) {
  Reply reply = problem_reply(status, title, detail, head_.method.empty() ? std::string_view() : head_.path);
  reply.ends_connection = true;
  co_return co_await send(std::move(reply), kDataPolicy);
}

// The body isn't wanted: where there is one, it is not worth the connection.
Awaitable<bool> Connection::send_without_body(Reply reply) {
  reply.ends_connection = head_.chunked || head_.content_length.value_or(0) != 0;
  buffer_.consume(head_size_);
  co_return co_await send(std::move(reply), kDataPolicy);
}

Awaitable<bool> Connection::send(Reply reply, std::string_view content_policy) {
  const bool keeps = head_.keeps_alive && !reply.ends_connection && !services_.stopping;
  http::response<http::string_body> response;
  response.version(11);
  response.result(reply.status);
  response.set(http::field::content_type, reply.content_type);
  response.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : reply.fields) response.set(name, value);
  set_security_fields(response, content_policy, services_.strict_transport);
  response.keep_alive(keeps);
  if (reply.status != 304) response.content_length(reply.body.size());
  const bool has_body = head_.method != "HEAD" && reply.status != 304;
  if (has_body) response.body() = std::move(reply.body);
  boost::system::error_code error;
  beast::get_lowest_layer(stream_).expires_after(kWriteTime);
  http::response_serializer<http::string_body> serializer(response);
  if (has_body)
    co_await http::async_write(stream_, serializer, into(error));
  else
    co_await http::async_write_header(stream_, serializer, into(error));
  co_return !error && keeps;
}

// What is still on its way is read for a moment: a reset would take the answer from the client.
Awaitable<void> Connection::say_goodbye() {
  auto& tcp = beast::get_lowest_layer(stream_);
  if (!tcp.socket().is_open()) co_return;
  boost::system::error_code error;
  tcp.expires_after(kGoodbyeTime);
  co_await stream_.async_shutdown(into(error));
  tcp.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  std::array<char, 4096> unwanted{};
  for (std::size_t left = 1024; left != 0 && !error; left--)
    co_await tcp.async_read_some(asio::buffer(unwanted), into(error));
  tcp.close();
}

}  // namespace vedette
