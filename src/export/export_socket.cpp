#include "export/export_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "export/flow_encoder.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostDatagram = 1472;  // of Ethernet's 1,500, without IPv4's and UDP's headers
constexpr std::size_t kMostInStream = 16'384;
constexpr auto kSendPatience = 5s;
constexpr auto kLook = 200ms;  // for a wish to stop

struct FreeAddresses {
  void operator()(addrinfo* first) const { freeaddrinfo(first); }
};

std::string reason(int error) {
  return std::strerror(error);
}

}  // namespace

ExportSocket::ExportSocket(Transport transport, FileDescriptor socket, int family,
                           const std::atomic<bool>& stopping)
    : transport_(transport), socket_(std::move(socket)), family_(family), stopping_(&stopping) {
  look_at_path();
}

Result<ExportSocket> ExportSocket::connect(Transport transport, const std::string& host, std::uint16_t port,
                                           std::chrono::milliseconds patience,
                                           const std::atomic<bool>& stopping) {
  const std::string where = fmt::format("{} port {}", host, port);
  addrinfo wanted{};
  wanted.ai_socktype = transport == Transport::kTcp ? SOCK_STREAM : SOCK_DGRAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); error != 0)
    return failed(where, gai_strerror(error));
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  int error = 0;
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    FileDescriptor socket(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ExportSocket made(transport, std::move(socket), one->ai_family, stopping);
    error = 0;
    if (::connect(made.socket_.get(), one->ai_addr, one->ai_addrlen) != 0) error = errno;
    if (error == EINPROGRESS) {
      socklen_t size = sizeof(error);
      error = ETIMEDOUT;
      if (made.wait_for(POLLOUT, patience))
        getsockopt(made.socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error != 0) continue;
    made.look_at_path();
    return made;
  }
  return failed(where, fmt::format("can't be reached: {}", reason(error)));
}

void ExportSocket::look_at_path() {
  most_ = transport_ == Transport::kTcp ? kMostInStream : kMostDatagram;
  if (transport_ == Transport::kTcp) return;
  const bool six = family_ == AF_INET6;
  // No fragments (RFC 7011 §10.3.3): the kernel says what fits.
  const int dont = six ? IPV6_PMTUDISC_DO : IP_PMTUDISC_DO;
  setsockopt(socket_.get(), six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &dont,
             sizeof(dont));
  int mtu = 0;
  socklen_t size = sizeof(mtu);
  if (getsockopt(socket_.get(), six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_MTU : IP_MTU, &mtu, &size) != 0)
    return;
  const std::size_t headers = six ? 48 : 28;
  most_ = std::clamp(static_cast<std::size_t>(std::max(mtu, 0)), FlowEncoder::kLeastMessage + headers,
                     kMostDatagram + headers) -
          headers;
}

bool ExportSocket::wait_for(short events, std::chrono::milliseconds patience) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!*stopping_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left <= 0ms) return false;
    pollfd wait{socket_.get(), events, 0};
    if (poll(&wait, 1, static_cast<int>(std::min<std::chrono::milliseconds>(left, kLook).count())) > 0)
      return true;
  }
  return false;
}

ExportSocket::Sent ExportSocket::fail(int error) {
  why_ = reason(error);
  return Sent::kFailed;
}

bool ExportSocket::refused() {
  int error = 0;
  socklen_t size = sizeof(error);
  if (transport_ == Transport::kTcp) return false;
  if (getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0) return false;
  why_ = reason(error);
  return error == ECONNREFUSED;
}

bool ExportSocket::refused_within(std::chrono::milliseconds time) {
  if (transport_ == Transport::kTcp) return false;
  pollfd wait{socket_.get(), 0, 0};  // errors are told unasked
  return poll(&wait, 1, static_cast<int>(time.count())) > 0 && refused();
}

ExportSocket::Sent ExportSocket::send(std::span<const std::uint8_t> message) {
  return transport_ == Transport::kTcp ? send_stream(message) : send_datagram(message);
}

ExportSocket::Sent ExportSocket::send_datagram(std::span<const std::uint8_t> message) {
  while (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) {
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EAGAIN && wait_for(POLLOUT, kSendPatience)) continue;
    if (error == ECONNREFUSED) {
      why_ = reason(error);
      return Sent::kRefused;
    }
    if (error != EMSGSIZE) return fail(error);
    const std::size_t before = most_;
    look_at_path();
    if (most_ >= before) most_ = std::max(FlowEncoder::kLeastMessage, before / 2);
    if (most_ < message.size()) return Sent::kTooLong;
    return fail(error);
  }
  return Sent::kSent;
}

ExportSocket::Sent ExportSocket::send_stream(std::span<const std::uint8_t> message) {
  // A collector that went says so here, before a message is given to nobody.
  char byte = 0;
  if (recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) return fail(ECONNRESET);
  while (!message.empty()) {
    const ssize_t sent = ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      message = message.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(errno);
    if (!wait_for(POLLOUT, kSendPatience)) return fail(ETIMEDOUT);
  }
  return Sent::kSent;
}

}  // namespace vedette
