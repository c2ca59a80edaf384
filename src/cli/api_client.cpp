#include "cli/api_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/file_descriptor.h"
#include "cli/interruption.h"

namespace vedette {

namespace {

constexpr long kConnectMilliseconds = 2000;
constexpr const char* kEnded = "the sensor has ended";

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, FreeCurl>;

// An answer on its way: handed on while the status is 200, collected as a problem otherwise.
struct Transfer {
  CURL* curl;
  const ApiClient::Take* take;
  std::string problem;
  bool enough = false;
};

std::size_t receive(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  long status = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    transfer.problem.append(bytes, size);
    return size;
  }
  transfer.enough = !(*transfer.take)({bytes, size});
  return transfer.enough ? 0 : size;
}

Error problem_error(long status, const std::string& body) {
  simdjson::dom::parser parser;
  std::string_view detail;
  simdjson::dom::element problem;
  if (parser.parse(body).get(problem) != simdjson::SUCCESS ||
      problem["detail"].get(detail) != simdjson::SUCCESS)
    return {ErrorKind::kFailed, "sensor", fmt::format("answered with status {}", status), {}};
  return {status == 400 || status == 404 ? ErrorKind::kUnusable : ErrorKind::kFailed,
          "",
          std::string(detail),
          {}};
}

// Why nobody takes a connection: libcurl doesn't always tell.
Error connection_error(const std::string& socket) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) errno = EAGAIN;
  if (errno == EACCES || errno == EPERM)
    return {ErrorKind::kFailed, socket, "permission denied", "run as root, or join the group vedette"};
  if (errno == EAGAIN)
    return {ErrorKind::kFailed, socket, "takes no connection: too many wait, or the sensor hangs", {}};
  return {ErrorKind::kFailed, socket, "no sensor is running here", "start one: vedette up"};
}

Error transport_error(const std::string& socket, CURLcode code, long milliseconds) {
  if (code == CURLE_COULDNT_CONNECT) return connection_error(socket);
  if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING)
    return {ErrorKind::kFailed, socket, kEnded, {}};
  if (code == CURLE_COULDNT_RESOLVE_HOST)  // how libcurl refuses a path that no socket can have
    return {ErrorKind::kFailed, socket, "a socket's path has at most 107 bytes", {}};
  if (code == CURLE_OPERATION_TIMEDOUT)
    return {ErrorKind::kFailed, socket, fmt::format("no answer for {} s", milliseconds / 1000), {}};
  return {ErrorKind::kFailed, socket, curl_easy_strerror(code), {}};
}

}  // namespace

struct ApiClient::Transfers {
  CURLM* multi = curl_multi_init();
  std::atomic<bool> cancelled = false;

  // False where it was broken off.
  bool run(CURL* curl, CURLcode& code) {
    constexpr int kLookForSignals = 200;  // milliseconds
    if (curl_multi_add_handle(multi, curl) != CURLM_OK) return false;
    int running = 1;
    while (curl_multi_perform(multi, &running) == CURLM_OK && running > 0 && !cancelled && !interrupted())
      curl_multi_poll(multi, nullptr, 0, kLookForSignals, nullptr);
    int left = 0;
    for (const CURLMsg* message = nullptr; (message = curl_multi_info_read(multi, &left)) != nullptr;)
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    curl_multi_remove_handle(multi, curl);
    return running == 0;
  }
};

ApiClient::ApiClient(std::string socket, std::chrono::milliseconds patience)
    : socket_(std::move(socket)), patience_(patience), transfers_(std::make_unique<Transfers>()) {}

ApiClient::~ApiClient() {
  curl_multi_cleanup(transfers_->multi);
}

void ApiClient::cancel() {
  transfers_->cancelled = true;
  curl_multi_wakeup(transfers_->multi);
}

Result<void> ApiClient::transfer(const std::string& target, const Take& take, long milliseconds) const {
  const Curl curl(curl_easy_init());
  if (!curl || transfers_->multi == nullptr) return failed("libcurl", "can't be started");
  Transfer state{curl.get(), &take, {}};
  const std::string url = "http://localhost" + target;
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, milliseconds);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &state);
  CURLcode code = CURLE_OK;
  const bool done = transfers_->run(curl.get(), code);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 0 && status != 200) return std::unexpected(problem_error(status, state.problem));
  if (state.enough) return {};
  if (!done) return failed(socket_, "broken off");
  if (code == CURLE_OK) return {};
  return std::unexpected(transport_error(socket_, code, milliseconds));
}

std::string ApiClient::target(std::string_view path, std::initializer_list<Parameter> parameters) {
  std::string text(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    char* encoded = curl_easy_escape(nullptr, value.data(), static_cast<int>(value.size()));
    text += fmt::format("{}{}={}", separator, name, encoded ? encoded : "");
    curl_free(encoded);
    separator = '&';
  }
  return text;
}

Result<std::string> ApiClient::get(const std::string& target) const {
  std::string body;
  auto done = transfer(
      target,
      [&](std::string_view bytes) {
        body += bytes;
        return true;
      },
      patience_.count());
  if (!done) return std::unexpected(done.error());
  return body;
}

Result<void> ApiClient::stream(const std::string& target, const Take& take, const Complete& complete) const {
  constexpr long kForever = 0;
  bool enough = false;
  auto done = transfer(
      target,
      [&](std::string_view bytes) {
        enough = !take(bytes);
        return !enough;
      },
      kForever);
  if (enough || interrupted()) return {};
  if (!done || complete()) return done;
  return failed(socket_, kEnded);
}

}  // namespace vedette
