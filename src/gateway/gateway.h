// The gateway at work: a thread and an io_context a core, connections spread over them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "gateway/gateway_options.h"
#include "gateway/listening_socket.h"
#include "gateway/tls_settings.h"

namespace vedette {

// start() and stop() from one thread.
class Gateway {
 public:
  // Serves on `sockets` until stop(). `own`: the certificate that options name; nothing: the one in the state
  // folder. `log` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Gateway>> start(const GatewayOptions& options,
                                                              std::vector<ListeningSocket> sockets,
                                                              const std::optional<Certificate>& own,
                                                              Log& log);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // New connections are met with this certificate from now on.
  [[nodiscard]] Result<void> change_certificate(const Certificate& certificate);

  // Takes no more connections, lets requests that are on their way come to their end for some seconds, ends
  // streams and all that is idle at once.
  void stop();

  [[nodiscard]] const std::string& fingerprint() const;
  // What the first password is set with; empty where one is set.
  [[nodiscard]] std::string setup_token() const;

 private:
  class Impl;
  explicit Gateway(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace vedette
