#include "serve/api_server.h"

#include <fmt/format.h>
#include <microhttpd.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "policy/policy_file.h"
#include "serve/event_feed.h"
#include "serve/gateway_actor.h"
#include "serve/routes.h"
#include "serve/unix_listener.h"

namespace vedette {

namespace {

constexpr unsigned kConnections = 256;
constexpr unsigned kIdleSeconds = 60;
constexpr std::size_t kConnectionMemory =
    32 * 1024;  // request line and headers: longer ones get a 431 or 414
constexpr std::size_t kLongestBody = kLongestPolicy;
constexpr std::size_t kStreamBlock = 64 * 1024;

struct FreeResponse {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using Response = std::unique_ptr<MHD_Response, FreeResponse>;

// -1 where the library doesn't say.
int socket_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

MHD_Result keep_parameter(void* to, MHD_ValueKind, const char* name, const char* value) {
  static_cast<Request*>(to)->parameters.emplace(name, value ? value : "");
  return MHD_YES;
}

Response document_response(std::string_view content_type, const std::string& body) {
  // The library takes a pointer to mutable bytes, and with MUST_COPY leaves them alone.
  Response response(
      MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()), MHD_RESPMEM_MUST_COPY));
  if (!response) return response;
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, std::string(content_type).c_str());
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  return response;
}

// A request's body, as far as it has come.
struct Received {
  std::string body;
  bool too_long = false;
};

// A stream's bytes between the reader, which gives them in pieces of its own, and the library's buffers.
struct StreamState {
  std::unique_ptr<BodyReader> reader;
  const std::atomic<bool>* stopping;
  int client;  // the connection's socket
  std::string left;
  std::size_t given = 0;  // of what is left
};

// Both ways: a client that only ends its request by shutting down its side still reads.
bool has_gone(int client) {
  pollfd connection{client, 0, 0};
  return poll(&connection, 1, 0) > 0 && (connection.revents & (POLLHUP | POLLERR)) != 0;
}

ssize_t read_stream(void* self, std::uint64_t, char* to, std::size_t room) {
  auto& state = *static_cast<StreamState*>(self);
  while (state.left.empty()) {
    if (*state.stopping) return MHD_CONTENT_READER_END_OF_STREAM;
    if (has_gone(state.client)) return MHD_CONTENT_READER_END_WITH_ERROR;
    auto more = state.reader->read();
    if (!more) return MHD_CONTENT_READER_END_OF_STREAM;
    state.left = std::move(*more);
    state.given = 0;
  }
  const std::size_t size = std::min(room, state.left.size() - state.given);
  std::memcpy(to, state.left.data() + state.given, size);
  state.given += size;
  if (state.given == state.left.size()) state.left.clear();
  return static_cast<ssize_t>(size);
}

void free_stream(void* self) {
  delete static_cast<StreamState*>(self);
}

Response stream_response(Stream stream, const std::atomic<bool>& stopping, int client) {
  auto state = std::make_unique<StreamState>(StreamState{std::move(stream.reader), &stopping, client, {}, 0});
  Response response(MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kStreamBlock, read_stream,
                                                      state.get(), free_stream));
  if (!response) return response;
  state.release();  // NOLINT(bugprone-unused-return-value): the response owns it now
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE,
                          std::string(stream.content_type).c_str());
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  return response;
}

}  // namespace

class ApiServer::Impl {
 public:
  Impl(UnixListener listener, Backend& backend) : listener_(std::move(listener)), context_{backend, feeds_} {}
  ~Impl() { stop(); }

  Result<void> start() {
    daemon_ = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL,
                               0, nullptr, nullptr, handle, this, MHD_OPTION_LISTEN_SOCKET, listener_.fd(),
                               MHD_OPTION_CONNECTION_LIMIT, kConnections, MHD_OPTION_CONNECTION_TIMEOUT,
                               kIdleSeconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,
                               MHD_OPTION_NOTIFY_COMPLETED, complete, nullptr, MHD_OPTION_END);
    if (!daemon_) return failed("socket API", "the HTTP server can't be started");
    return {};
  }

  void stop() {
    stopping_ = true;
    if (MHD_Daemon* daemon = std::exchange(daemon_, nullptr)) MHD_stop_daemon(daemon);
  }

 private:
  static MHD_Result handle(void* self, MHD_Connection* connection, const char* path, const char* method,
                           const char* version, const char* body, std::size_t* body_size, void** seen);
  static void complete(void* self, MHD_Connection* connection, void** received,
                       MHD_RequestTerminationCode code);
  MHD_Result serve(MHD_Connection* connection, const char* path, const char* method, Received& received);
  [[nodiscard]] Answer answer_to(MHD_Connection* connection, const Request& request) const;

  UnixListener listener_;
  ParkedFeeds feeds_;
  RouteContext context_;
  std::atomic<bool> stopping_ = false;
  MHD_Daemon* daemon_ = nullptr;
};

MHD_Result ApiServer::Impl::handle(void* self, MHD_Connection* connection, const char* path,
                                   const char* method, const char* /*version*/, const char* body,
                                   std::size_t* body_size, void** seen) {
  // First call: headers alone; then once for each piece of a body; then to answer.
  if (*seen == nullptr) {
    *seen = new Received;  // complete() deletes it
    return MHD_YES;
  }
  Received& received = *static_cast<Received*>(*seen);
  if (*body_size != 0) {
    received.too_long |= received.body.size() + *body_size > kLongestBody;
    if (!received.too_long) received.body.append(body, *body_size);
    *body_size = 0;
    return MHD_YES;
  }
  return static_cast<Impl*>(self)->serve(connection, path, method, received);
}

void ApiServer::Impl::complete(void* /*self*/, MHD_Connection* /*connection*/, void** received,
                               MHD_RequestTerminationCode /*code*/) {
  delete static_cast<Received*>(*received);
  *received = nullptr;
}

Answer ApiServer::Impl::answer_to(MHD_Connection* connection, const Request& request) const {
  if (!peer_is_allowed(socket_of(connection), listener_.gateway()))
    return Problem{403, "not allowed", "this socket is for root and the members of group vedette", {}};
  return answer(context_, request);
}

MHD_Result ApiServer::Impl::serve(MHD_Connection* connection, const char* path, const char* method,
                                  Received& received) {
  Request request{.method = method, .path = path, .parameters = {}, .last_event_id = {}};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, keep_parameter, &request);
  if (const char* id = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID"))
    request.last_event_id = id;
  if (const char* accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept"))
    request.accept = accept;
  request.body = std::move(received.body);
  if (request.method != "GET" && request.method != "HEAD") {
    const char* actor = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, kActorField);
    request.by = actor_of(socket_of(connection), listener_.gateway(), actor ? actor : "");
  }
  Answer given =
      received.too_long
          ? Problem{413, "too long", fmt::format("expected a body of {} bytes at most", kLongestBody), {}}
          : answer_to(connection, request);
  unsigned status = MHD_HTTP_OK;
  Response response;
  if (auto* document = std::get_if<Document>(&given)) {
    response = document_response(document->content_type, document->body);
  } else if (auto* stream = std::get_if<Stream>(&given)) {
    response = stream_response(std::move(*stream), stopping_, socket_of(connection));
  } else {
    const Problem& problem = std::get<Problem>(given);
    status = static_cast<unsigned>(problem.status);
    response = document_response("application/problem+json", problem_json(problem, request.path));
    if (!problem.allow.empty())
      MHD_add_response_header(response.get(), MHD_HTTP_HEADER_ALLOW, std::string(problem.allow).c_str());
  }
  if (!response) return MHD_NO;
  return MHD_queue_response(connection, status, response.get());
}

ApiServer::ApiServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ApiServer::~ApiServer() = default;

Result<std::unique_ptr<ApiServer>> ApiServer::start(UnixListener listener, Backend& backend) {
  auto impl = std::make_unique<Impl>(std::move(listener), backend);
  if (auto started = impl->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(impl)));
}

void ApiServer::stop() {
  impl_->stop();
}

}  // namespace vedette
