#include "tests/store/lossy_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string_view>

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

constexpr auto kLate = 1200ms;  // longer than a client waits before it asks what became of a request

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// The length of a message's body; of an answer in chunks none is given.
std::size_t length_in(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  const std::size_t at = head.find(kName);
  std::size_t length = 0;
  if (at != std::string_view::npos)
    (void)std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
  return length;
}

// A whole HTTP message; empty where the other side has ended.
std::string message_from(int socket) {
  std::string text;
  std::array<char, 65536> piece{};
  for (;;) {
    const std::size_t head = text.find("\r\n\r\n");
    if (head != std::string::npos) {
      const std::string_view first(text.data(), head + 4);
      const bool chunked = first.find("chunked") != std::string_view::npos;
      if (chunked ? text.ends_with("\r\n0\r\n\r\n") : text.size() >= head + 4 + length_in(first)) return text;
    }
    const ssize_t size = recv(socket, piece.data(), piece.size(), 0);
    if (size <= 0) return {};
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
}

void send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (size <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

std::string answer_of(std::uint16_t server, std::string_view request) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(server);
  std::string answer;
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    send_all(socket, request);
    answer = message_from(socket);
  }
  close(socket);
  return answer;
}

}  // namespace

LossyRelay::LossyRelay(std::uint16_t port, unsigned seed) : server_(port), random_(seed) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("the relay can't listen");
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] {
    for (int client = -1; (client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
      threads_.emplace_back([this, client] { serve(client); });
  });
}

LossyRelay::~LossyRelay() {
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
}

LossyRelay::Counts LossyRelay::counts() {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void LossyRelay::serve(int client) {
  // One request a connection: whoever keeps his sees it closed.
  const std::string request = message_from(client);
  unsigned fate = 0;
  if (lossy_ && request.find("RowBinary HTTP") != std::string::npos) {
    const std::lock_guard lock(mutex_);
    fate = static_cast<unsigned>(random_() % 6);
    if (fate == 1) counts_.unsent++;
    if (fate == 2) counts_.unanswered++;
    if (fate == 3) counts_.late++;
  }
  if (fate == 0 || fate > 3) send_all(client, request.empty() ? "" : answer_of(server_, request));
  if (fate == 2) (void)answer_of(server_, request);
  close(client);
  if (fate != 3) return;
  std::this_thread::sleep_for(kLate);
  (void)answer_of(server_, request);
}

}  // namespace vedette::tests
