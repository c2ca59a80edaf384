#include "kernel/net_namespace.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace vedette {

Result<std::uint64_t> own_netns_cookie() {
  const FileDescriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any) return failed("network namespace", std::string("no socket: ") + std::strerror(errno));
  std::uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  if (getsockopt(any.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) != 0)
    return failed("network namespace", std::string("its cookie is not told: ") + std::strerror(errno));
  return cookie;
}

}  // namespace vedette
