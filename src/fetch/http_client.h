// Asks a URL by HTTP, as a program that must not be held up or filled: bounded in time, size and redirects,
// TLS verified, and from https never on to http.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace vedette {

struct HttpRequest {
  std::string url;                        // http or https
  std::optional<std::string> json;        // to be sent by POST; nothing: GET
  std::optional<std::string> bytes = {};  // likewise, of no particular type; one of both
  std::vector<std::string> headers = {};  // "Name: value"
  std::string etag;                       // of what is there already; empty: none
  std::string last_modified;              // likewise, as the server wrote it
  std::size_t most = 0;              // bytes of an answer's body, unpacked; 0 with POST: it is thrown away
  std::chrono::seconds timeout{60};  // for all of it; half a minute below 100 bytes a second ends it too,
  bool patient = false;              // unless the server may think for so long
  // Never sent anew without being asked to, which libcurl does where a kept connection turns out to be
  // closed: it can't know whether the server had read the request.
  bool once = false;
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::string content_type;
  std::string etag;
  std::string last_modified;
  std::optional<std::chrono::seconds> retry_after;
};

// One thread at a time; cancel() from any.
class HttpClient {
 public:
  // Failed where libcurl isn't there.
  [[nodiscard]] static Result<std::unique_ptr<HttpClient>> open();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // The answer, whatever its status; up to five redirects are followed by GET, none by POST. Failed where
  // there is none, or not whole, or longer than asked for.
  [[nodiscard]] Result<HttpAnswer> ask(const HttpRequest& request);
  // Ends what ask() does within a second, and all that it is asked from now on.
  void cancel() { cancelled_ = true; }

 private:
  struct Curl;
  explicit HttpClient(std::unique_ptr<Curl> curl);

  std::unique_ptr<Curl> curl_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace vedette
