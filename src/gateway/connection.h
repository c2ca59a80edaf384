// One client's connection: TLS, then request after request, each to its place.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/log.h"
#include "gateway/auth_routes.h"
#include "gateway/caller.h"
#include "gateway/client_network.h"
#include "gateway/connection_limit.h"
#include "gateway/coroutine.h"
#include "gateway/tls_settings.h"
#include "gateway/web_files.h"
#include "gateway/worker.h"

namespace vedette {

// What connections work with; all of it outlives them.
struct Services {
  const WebFiles& files;
  Callers& callers;
  AuthRoutes& routes;
  AuditLog& audit;
  Worker& worker;
  ConnectionLimit& sensor_limit;  // requests to the sensor at once, in all and of one client
  std::filesystem::path socket;
  bool strict_transport = false;
  const std::atomic<bool>& stopping;
};

// Of its io_context's thread alone.
class Connection {
 public:
  Connection(boost::asio::ip::tcp::socket socket, TlsSettings tls, ConnectionLimit::Ticket ticket,
             const boost::asio::ip::address& client, const Services& services);

  // Until the client or the gateway ends it.
  [[nodiscard]] Awaitable<void> run();
  // Ends it where no request is on its way; else that is the last one.
  void finish();
  // Ends it.
  void cut();

 private:
  [[nodiscard]] Awaitable<bool> take_head();
  [[nodiscard]] Awaitable<bool> take_body(std::size_t most);
  [[nodiscard]] Awaitable<bool> serve();
  [[nodiscard]] Awaitable<bool> hand_on(const Asked& by);
  [[nodiscard]] Awaitable<bool> answer_own(Asked by);
  [[nodiscard]] Awaitable<bool> send(Reply reply, std::string_view content_policy);
  [[nodiscard]] Awaitable<bool> send_without_body(Reply reply);
  // Ends the connection: where the next request begins isn't sure.
  [[nodiscard]] Awaitable<bool> refuse(unsigned status, std::string_view title, std::string detail);
  [[nodiscard]] Awaitable<void> say_goodbye();
  void note_change(const Asked& by, unsigned status);

  TlsSettings tls_;
  ConnectionLimit::Ticket ticket_;
  ClientNetwork network_;
  std::string client_;
  const Services& services_;
  ClientStream stream_;
  boost::beast::flat_buffer buffer_;
  RequestHead head_;
  std::size_t head_size_ = 0;  // of the bytes at the buffer's begin
  std::string body_;
  bool idle_ = true;  // between requests
};

}  // namespace vedette
