// The socket API: HTTP/1.1 on a Unix socket, under /v1/. The last station of a packet's way; everything it
// tells it asks of a Backend.
#pragma once

#include <memory>

#include "base/error.h"
#include "sensor/backend.h"
#include "serve/unix_listener.h"

namespace vedette {

// start() and stop() from one thread; requests are served by threads of its own, one a connection, so that a
// slow client holds up nobody.
class ApiServer {
 public:
  // Serves on `listener` until stop(), by threads that have the rights of the caller's; `backend` must
  // outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<ApiServer>> start(UnixListener listener, Backend& backend);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // Ends all connections and takes the socket away.
  void stop();

 private:
  class Impl;
  explicit ApiServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace vedette
