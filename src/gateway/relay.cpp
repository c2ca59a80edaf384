#include "gateway/relay.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <limits>
#include <memory>

#include "gateway/security_fields.h"

namespace vedette {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using namespace std::chrono_literals;

constexpr auto kConnectTime = 5s;
constexpr auto kAnswerTime = 120s;  // until its head: a query of months may take a while
constexpr auto kWriteTime = 30s;    // for a client to take one piece
constexpr auto kLook = 500ms;
constexpr std::size_t kPiece = 64 * 1024;

// Fields that belong to one connection (RFC 9110 §7.6.1), and those that we set ourselves.
constexpr std::array kOneHop{"Connection", "Keep-Alive", "Proxy-Connection",  "Proxy-Authenticate",
                             "TE",         "Trailer",    "Transfer-Encoding", "Upgrade",
                             "Set-Cookie", "Server"};

using SensorStream = beast::basic_stream<asio::local::stream_protocol>;
using AnswerParser = http::response_parser<http::buffer_body>;

// Shared by the relay and the one who looks whether it should go on.
struct Progress {
  explicit Progress(const asio::any_io_executor& executor) : sensor(executor), timer(executor) {}

  SensorStream sensor;
  asio::steady_timer timer;
  int client = -1;
  bool over = false;      // by itself
  bool given_up = false;  // by the look
};

bool has_gone(int client) {
  pollfd connection{client, POLLRDHUP, 0};
  return poll(&connection, 1, 0) > 0 && (connection.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

Awaitable<void> look(std::shared_ptr<Progress> progress, std::function<bool()> goes_on) {
  while (!progress->over) {
    boost::system::error_code error;
    progress->timer.expires_after(kLook);
    co_await progress->timer.async_wait(into(error));
    if (progress->over) break;
    if (!has_gone(progress->client) && goes_on()) continue;
    progress->given_up = true;
    progress->sensor.close();
    break;
  }
}

http::request<http::string_body> request_of(const RelayOrder& order) {
  const RequestHead& head = order.head;
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(head.method);
  request.target(head.query.empty() ? head.path : head.path + "?" + head.query);
  request.set(http::field::host, "localhost");
  request.set(http::field::connection, "close");
  request.set("Vedette-Actor", order.actor);
  if (!head.accept.empty()) request.set(http::field::accept, head.accept);
  if (!head.content_type.empty()) request.set(http::field::content_type, head.content_type);
  if (!head.last_event_id.empty()) request.set("Last-Event-ID", head.last_event_id);
  request.body() = order.body;
  if (!order.body.empty() || (head.method != "GET" && head.method != "HEAD")) request.prepare_payload();
  return request;
}

// The answer's head as the client gets it.
http::response<http::empty_body> head_of(const AnswerParser& parser, const RelayOrder& order, bool chunked) {
  http::response<http::empty_body> head;
  head.base() = parser.get().base();
  head.version(11);
  for (const auto& option : http::token_list(parser.get()[http::field::connection])) head.erase(option);
  for (const char* const name : kOneHop) head.erase(name);
  if (chunked) head.chunked(true);
  const bool keeps = order.head.keeps_alive && (chunked || !order.head.http_1_0);
  head.set(http::field::connection, keeps ? "keep-alive" : "close");
  set_security_fields(head, kDataPolicy, order.strict_transport);
  return head;
}

Relayed instead(unsigned status, std::string_view title, std::string detail, const RelayOrder& order) {
  return {.instead = problem_reply(status, title, detail, order.head.path), .status = status};
}

// The pieces of the answer's body, each as it comes. True where all of it went out.
Awaitable<bool> pass_body(ClientStream& client, SensorStream& sensor, beast::flat_buffer& buffer,
                          AnswerParser& parser, bool chunked) {
  boost::system::error_code error;
  std::vector<char> piece(kPiece);
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    parser.get().body().more = true;
    sensor.expires_never();
    co_await http::async_read_some(sensor, buffer, parser, into(error));
    const std::size_t size = piece.size() - parser.get().body().size;
    if (error == http::error::need_buffer) error = {};
    if (size != 0) {
      boost::system::error_code gone;
      beast::get_lowest_layer(client).expires_after(kWriteTime);
      const auto bytes = asio::buffer(piece.data(), size);
      if (chunked)
        co_await asio::async_write(client, http::make_chunk(bytes), into(gone));
      else
        co_await asio::async_write(client, bytes, into(gone));
      if (gone) co_return false;
    }
    if (error) co_return false;
  }
  if (chunked) {
    beast::get_lowest_layer(client).expires_after(kWriteTime);
    co_await asio::async_write(client, http::make_chunk_last(), into(error));
  }
  co_return !error;
}

Awaitable<Relayed> exchange(ClientStream& client, const RelayOrder& order, Progress& progress) {
  boost::system::error_code error;
  SensorStream& sensor = progress.sensor;
  sensor.expires_after(kConnectTime);
  co_await sensor.async_connect(asio::local::stream_protocol::endpoint(order.socket.string()), into(error));
  if (error)
    co_return instead(502, "no sensor",
                      fmt::format("{}: can't be connected to: {}", order.socket.string(), error.message()),
                      order);
  auto request = request_of(order);
  co_await http::async_write(sensor, request, into(error));
  beast::flat_buffer buffer;
  AnswerParser parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // Boost 1.74 takes none for 0
  parser.skip(order.head.method == "HEAD");
  sensor.expires_after(kAnswerTime);
  if (!error) co_await http::async_read_header(sensor, buffer, parser, into(error));
  if (progress.given_up) co_return Relayed{};
  if (error == beast::error::timeout)
    co_return instead(504, "the sensor is slow", "it didn't answer in time", order);
  if (error)
    co_return instead(502, "no sensor",
                      fmt::format("{}: gave no answer: {}", order.socket.string(), error.message()), order);

  const bool has_body = order.head.method != "HEAD" && !parser.is_done();
  const bool chunked = has_body && !parser.content_length() && !order.head.http_1_0;
  auto head = head_of(parser, order, chunked);
  http::response_serializer<http::empty_body> serializer(head);
  beast::get_lowest_layer(client).expires_after(kWriteTime);
  co_await http::async_write_header(client, serializer, into(error));
  Relayed relayed{.instead = {}, .status = parser.get().result_int(), .whole = !error};
  if (!error && has_body) relayed.whole = co_await pass_body(client, sensor, buffer, parser, chunked);
  // Without a length the end of the connection is the answer's.
  if (order.head.http_1_0) relayed.whole = false;
  co_return relayed;
}

}  // namespace

Awaitable<Relayed> relay(ClientStream& client, RelayOrder order) {
  const auto executor = client.get_executor();
  auto progress = std::make_shared<Progress>(executor);
  progress->client = beast::get_lowest_layer(client).socket().native_handle();
  asio::co_spawn(executor, look(progress, order.goes_on), asio::detached);
  Relayed relayed = co_await exchange(client, order, *progress);
  progress->over = true;
  progress->timer.cancel();
  progress->sensor.close();
  co_return relayed;
}

}  // namespace vedette
