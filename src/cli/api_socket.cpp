#include "cli/api_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/interruption.h"

namespace vedette {

namespace {

using std::chrono::milliseconds;

// A signal that another thread takes ends no wait of this one.
constexpr milliseconds kLookForSignals{200};

std::unexpected<Error> connection_error(const std::string& path, int number) {
  if (number == EACCES || number == EPERM)
    return failed(path, "permission denied", "run as root, or join the group vedette");
  if (number == EAGAIN) return failed(path, "takes no connection: too many wait, or the sensor hangs");
  return failed(path, "no sensor is running here", "start one: vedette up");
}

}  // namespace

Result<ApiSocket> ApiSocket::connect(const std::string& path, const WaitLimits& limits) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) return failed(path, "a socket's path has at most 107 bytes");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return failed("socket", std::strerror(errno));
  // Done or refused at once: a Unix socket's connection is never in progress.
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return connection_error(path, errno);
  return ApiSocket(std::move(socket), limits);
}

bool ApiSocket::wait(short events) const {
  for (;;) {
    milliseconds patience = kLookForSignals;
    if (limits_.deadline) {
      const auto left = *limits_.deadline - std::chrono::steady_clock::now();
      patience = std::min(patience, std::chrono::ceil<milliseconds>(left));
    }
    const bool over = patience <= milliseconds(0);
    if (over || interrupted()) {
      errno = over ? ETIMEDOUT : ECANCELED;
      return false;
    }
    pollfd waited[] = {{socket_.get(), events, 0}, {limits_.called_off, POLLIN, 0}};
    if (poll(waited, std::size(waited), static_cast<int>(patience.count())) < 0 && errno != EINTR)
      return false;
    if (waited[1].revents != 0) {
      errno = ECANCELED;
      return false;
    }
    if (waited[0].revents != 0) return true;
  }
}

ssize_t ApiSocket::receive(void* to, std::size_t size) const {
  return wait(POLLIN) ? recv(socket_.get(), to, size, 0) : -1;
}

ssize_t ApiSocket::send(const void* from, std::size_t size) const {
  return wait(POLLOUT) ? ::send(socket_.get(), from, size, MSG_NOSIGNAL) : -1;
}

}  // namespace vedette
