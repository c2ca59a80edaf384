#include "cli/api_client.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <sys/eventfd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "cli/api_socket.h"
#include "cli/interruption.h"

namespace vedette {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr const char* kEnded = "the sensor has ended";
constexpr std::size_t kPiece = 16 * 1024;  // bytes of a body handed on at once, at most

// ApiSocket as Beast wants a stream: a SyncReadStream and SyncWriteStream.
class BeastStream {
 public:
  explicit BeastStream(ApiSocket socket) : socket_(std::move(socket)) {}

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& error) {
    const boost::asio::mutable_buffer first = first_of<boost::asio::mutable_buffer>(buffers);
    const ssize_t size = socket_.receive(first.data(), first.size());
    if (size == 0 && first.size() > 0) error = boost::asio::error::eof;
    return size == 0 ? 0 : done(size, error);
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& error) {
    const boost::asio::const_buffer first = first_of<boost::asio::const_buffer>(buffers);
    return done(socket_.send(first.data(), first.size()), error);
  }
  // Of those that throw, Beast looks at their types alone.
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers);
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers);

 private:
  // The first buffer that isn't empty: "some" may be less than all.
  template <typename Buffer, typename Buffers>
  static Buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at)
      if (const Buffer buffer(*at); buffer.size() > 0) return buffer;
    return {};
  }
  static std::size_t done(ssize_t size, error_code& error) {
    error = size < 0 ? error_code(errno, boost::system::system_category()) : error_code();
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }

  ApiSocket socket_;
};

// An answer on its way: handed on while the status is 200, collected as a problem otherwise.
struct Transfer {
  const ApiClient::Take* take;
  unsigned status = 0;  // 0 = no answer yet
  std::string problem;
  bool enough = false;
};

void hand_on(Transfer& transfer, std::string_view bytes) {
  if (bytes.empty()) return;
  if (transfer.status != 200)
    transfer.problem.append(bytes);
  else
    transfer.enough = !(*transfer.take)(bytes);
}

error_code exchange(BeastStream& stream, std::string_view method, const std::string& target,
                    const std::string& content, Transfer& transfer) {
  http::request<http::string_body> request;
  request.method_string({method.data(), method.size()});
  request.target(target);
  request.version(11);
  request.set(http::field::host, "localhost");
  request.body() = content;
  if (method != "GET") request.prepare_payload();
  error_code error;
  http::write(stream, request, error);
  if (error) return error;

  boost::beast::flat_buffer received;
  http::response_parser<http::buffer_body> parser;
  // Not boost::none: Boost 1.74 takes every length for larger than that.
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  http::read_header(stream, received, parser, error);
  if (error) return error;
  transfer.status = parser.get().result_int();
  std::array<char, kPiece> piece;
  while (!parser.is_done() && !transfer.enough) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    http::read_some(stream, received, parser, error);
    hand_on(transfer, {piece.data(), piece.size() - body.size});
    if (error && error != http::error::need_buffer) return error;
  }
  return {};
}

Error problem_error(unsigned status, const std::string& body) {
  simdjson::dom::parser parser;
  std::string_view detail;
  simdjson::dom::element problem;
  if (parser.parse(body).get(problem) != simdjson::SUCCESS ||
      problem["detail"].get(detail) != simdjson::SUCCESS)
    return {ErrorKind::kFailed, "sensor", fmt::format("answered with status {}", status), {}};
  return {status == 400 || status == 404 ? ErrorKind::kUnusable : ErrorKind::kFailed,
          "",
          std::string(detail),
          {}};
}

std::unexpected<Error> transport_error(const std::string& socket, const error_code& error,
                                       std::chrono::milliseconds patience) {
  namespace errc = boost::system::errc;
  if (error == errc::operation_canceled) return failed(socket, "broken off");
  if (error == errc::timed_out)
    return failed(socket, fmt::format("no answer for {} s", patience.count() / 1000));
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error == errc::connection_reset || error == errc::broken_pipe)
    return failed(socket, kEnded);
  return failed(socket, "expected an answer in HTTP, found something else: " + error.message());
}

// RFC 3986 §2.3.
bool is_unreserved(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_' || letter == '~';
}

void append_encoded(std::string& out, std::string_view text) {
  for (const char letter : text) {
    if (is_unreserved(letter))
      out.push_back(letter);
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
}

}  // namespace

ApiClient::ApiClient(std::string socket, std::chrono::milliseconds patience)
    : socket_(std::move(socket)), patience_(patience), cancelled_(eventfd(0, EFD_CLOEXEC)) {}

void ApiClient::cancel() {
  (void)eventfd_write(cancelled_.get(), 1);
}

Result<void> ApiClient::transfer(const Sent& sent, const Take& take,
                                 std::chrono::milliseconds patience) const {
  if (!cancelled_) return failed("eventfd", "can't be made: too many files are open");
  WaitLimits limits{.deadline = {}, .called_off = cancelled_.get()};
  if (patience.count() > 0) limits.deadline = std::chrono::steady_clock::now() + patience;
  auto socket = ApiSocket::connect(socket_, limits);
  if (!socket) return std::unexpected(socket.error());
  BeastStream stream(std::move(*socket));
  Transfer state{.take = &take, .problem = {}};
  const error_code error = exchange(stream, sent.method, sent.target, sent.content, state);
  if (state.status != 0 && state.status != 200)
    return std::unexpected(problem_error(state.status, state.problem));
  if (state.enough || !error) return {};
  return transport_error(socket_, error, patience);
}

std::string ApiClient::target(std::string_view path, std::initializer_list<Parameter> parameters) {
  std::string text(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    text += separator;
    text += name;
    text += '=';
    append_encoded(text, value);
    separator = '&';
  }
  return text;
}

Result<std::string> ApiClient::get(const std::string& target) const {
  return send("GET", target);
}

Result<std::string> ApiClient::send(std::string_view method, const std::string& target,
                                    const std::string& content) const {
  std::string body;
  auto done = transfer(
      {method, target, content},
      [&](std::string_view bytes) {
        body += bytes;
        return true;
      },
      patience_);
  if (!done) return std::unexpected(done.error());
  return body;
}

Result<void> ApiClient::stream(const std::string& target, const Take& take, const Complete& complete) const {
  constexpr std::chrono::milliseconds kForever{0};
  bool enough = false;
  auto done = transfer(
      {"GET", target, {}},
      [&](std::string_view bytes) {
        enough = !take(bytes);
        return !enough;
      },
      kForever);
  if (enough || interrupted()) return {};
  if (!done || complete()) return done;
  return failed(socket_, kEnded);
}

}  // namespace vedette
