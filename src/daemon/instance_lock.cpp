#include "daemon/instance_lock.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace vedette {

Result<InstanceLock> InstanceLock::take() {
  constexpr std::string_view kName = "vedette.sensor";
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(kName, address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + kName.size());
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0)
    return InstanceLock(std::move(socket));
  if (errno == EADDRINUSE)
    return failed("sensor", "another one is running in this network namespace", "stop it first");
  return failed("sensor", fmt::format("its name can't be taken: {}", std::strerror(errno)));
}

}  // namespace vedette
