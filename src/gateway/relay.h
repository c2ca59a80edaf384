// A request handed on to the sensor's socket, and its answer as it comes: each piece goes out when it is
// here, so that server-sent events pass at once. One connection to the sensor for each request: what one
// caller was answered can't come to another one, whatever was in his request.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "gateway/coroutine.h"
#include "gateway/reply.h"
#include "gateway/request_head.h"

namespace vedette {

struct RelayOrder {
  const RequestHead& head;
  std::string body;
  std::string actor;  // whom the sensor's audit trail names (the field Vedette-Actor)
  const std::filesystem::path& socket;
  bool strict_transport = false;
  // Asked twice a second: false ends the answer where it is (signed out, the gateway stops).
  std::function<bool()> goes_on;
};

struct Relayed {
  std::optional<Reply> instead;  // nothing was sent yet: this is to be
  unsigned status = 0;           // of the answer that was sent
  bool whole = false;            // it was, and the connection can go on
};

// On the client's io_context. Ends early where the client has gone.
[[nodiscard]] Awaitable<Relayed> relay(ClientStream& client, RelayOrder order);

}  // namespace vedette
