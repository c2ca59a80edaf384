#include "gateway/listening_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace vedette {

namespace {

namespace asio = boost::asio;

constexpr int kWaiting = 256;

Result<asio::ip::tcp::endpoint> endpoint_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  const char* const end = text.data() + text.size();
  const bool is_port = colon != std::string::npos && colon + 1 < text.size() &&
                       std::from_chars(text.data() + colon + 1, end, port).ptr == end;
  if (error || !is_port || address.is_v6() != bracketed)
    return unusable("--listen",
                    fmt::format("expected ADDRESS:PORT, like 127.0.0.1:8443 or [::1]:8443, found {}", text));
  return asio::ip::tcp::endpoint(address, port);
}

}  // namespace

Result<ListeningSocket> listen_on(const std::string& address) {
  auto endpoint = endpoint_of(address);
  if (!endpoint) return std::unexpected(endpoint.error());
  FileDescriptor socket(
      ::socket(endpoint->protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (endpoint->address().is_v6()) setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (!socket || bind(socket.get(), endpoint->data(), static_cast<socklen_t>(endpoint->size())) != 0 ||
      listen(socket.get(), kWaiting) != 0)
    return failed(address, fmt::format("can't be listened on: {}", std::strerror(errno)));
  auto size = static_cast<socklen_t>(endpoint->capacity());
  getsockname(socket.get(), endpoint->data(), &size);
  endpoint->resize(size);
  return ListeningSocket{std::move(socket), *endpoint};
}

std::string url_of(const asio::ip::tcp::endpoint& endpoint) {
  const bool v6 = endpoint.address().is_v6();
  return fmt::format("https://{}{}{}:{}/", v6 ? "[" : "", endpoint.address().to_string(), v6 ? "]" : "",
                     endpoint.port());
}

}  // namespace vedette
