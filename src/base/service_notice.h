// What the service manager is told: sd_notify(3)'s protocol, which is a datagram.
#pragma once

#include <string_view>

namespace vedette {

// Sends `state` ("READY=1") where systemd asked for it; else does nothing.
void notify_service(std::string_view state);

}  // namespace vedette
