#include "cli/api_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/interruption.h"

namespace vedette {

namespace {

constexpr long kConnectMilliseconds = 2000;
constexpr long kAnswerMilliseconds = 15'000;
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

// Called several times a second: how a stream that waits notices Ctrl-C.
int look_for_interruption(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return interrupted() ? 1 : 0;
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

Error transport_error(const std::string& socket, CURLcode code, CURL* curl) {
  long os_error = 0;
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
  if (os_error == ENOENT || os_error == ECONNREFUSED)
    return {ErrorKind::kFailed, socket, "no sensor is running here", "start one: vedette up"};
  if (os_error == EACCES || os_error == EPERM)
    return {ErrorKind::kFailed, socket, "permission denied", "run as root, or join the group vedette"};
  if (code == CURLE_COULDNT_CONNECT && os_error == 0)
    return {ErrorKind::kFailed, socket, "no sensor is running here", "start one: vedette up"};
  if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING)
    return {ErrorKind::kFailed, socket, kEnded, {}};
  return {ErrorKind::kFailed, socket, curl_easy_strerror(code), {}};
}

Result<void> transfer(const std::string& socket, const std::string& target, const ApiClient::Take& take,
                      long milliseconds) {
  const Curl curl(curl_easy_init());
  if (!curl) return failed("libcurl", "can't be started");
  Transfer state{curl.get(), &take, {}};
  const std::string url = "http://localhost" + target;
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, milliseconds);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &state);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, look_for_interruption);
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 0 && status != 200) return std::unexpected(problem_error(status, state.problem));
  if (code == CURLE_OK || state.enough || code == CURLE_ABORTED_BY_CALLBACK) return {};
  return std::unexpected(transport_error(socket, code, curl.get()));
}

}  // namespace

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
      socket_, target,
      [&](std::string_view bytes) {
        body += bytes;
        return true;
      },
      kAnswerMilliseconds);
  if (!done) return std::unexpected(done.error());
  return body;
}

Result<void> ApiClient::stream(const std::string& target, const Take& take, const Complete& complete) const {
  constexpr long kForever = 0;
  bool enough = false;
  const auto done = transfer(
      socket_, target,
      [&](std::string_view bytes) {
        enough = !take(bytes);
        return !enough;
      },
      kForever);
  if (!done || enough || interrupted() || complete()) return done;
  return failed(socket_, kEnded);
}

}  // namespace vedette
