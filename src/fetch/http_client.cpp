#include "fetch/http_client.h"

#include <fmt/format.h>

#include <array>

#include "base/url.h"
#include "base/version.h"
#include "fetch/curl_library.h"

namespace vedette {

namespace {

constexpr long kRedirects = 5;
constexpr long kConnectSeconds = 15;
constexpr long kSlowBytes = 100;  // a second
constexpr long kSlowSeconds = 30;

// What comes of an answer, as far as it may.
struct Body {
  std::string text;
  std::size_t most = 0;
  bool wanted = true;
  bool too_long = false;
};

std::size_t keep(const char* bytes, std::size_t, std::size_t size, void* to) {
  Body& body = *static_cast<Body*>(to);
  if (!body.wanted) return size;
  body.too_long = body.text.size() + size > body.most;
  if (body.too_long) return CURL_WRITEFUNC_ERROR;
  body.text.append(bytes, size);
  return size;
}

int ask_whether_to_go_on(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(cancelled) ? 1 : 0;
}

}  // namespace

struct HttpClient::Curl {
  CurlLibrary library;
  CURL* handle = nullptr;

  explicit Curl(const CurlLibrary& loaded) : library(loaded), handle(loaded.easy_init()) {}
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;
  ~Curl() { library.easy_cleanup(handle); }

  template <typename Value>
  void set(CURLoption option, Value value) {
    library.easy_setopt(handle, option, value);
  }
  [[nodiscard]] std::string header(const char* name) const {
    curl_header* found = nullptr;
    return library.easy_header(handle, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : "";
  }
  template <typename Value>
  [[nodiscard]] Value info(CURLINFO what) const {
    Value value{};
    library.easy_getinfo(handle, what, &value);
    return value;
  }
};

namespace {

// The request's own lines, let go with it.
class Lines {
 public:
  explicit Lines(const CurlLibrary& library) : library_(library) {}
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() { library_.slist_free_all(first_); }

  void add(const std::string& line) { first_ = library_.slist_append(first_, line.c_str()); }
  [[nodiscard]] curl_slist* first() const { return first_; }

 private:
  const CurlLibrary& library_;
  curl_slist* first_ = nullptr;
};

}  // namespace

HttpClient::HttpClient(std::unique_ptr<Curl> curl) : curl_(std::move(curl)) {}

HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::open() {
  const auto library = CurlLibrary::load();
  if (!library) return std::unexpected(library.error());
  auto curl = std::make_unique<Curl>(*library);
  if (!curl->handle) return failed("libcurl", "gives no handle");
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(curl)));
}

Result<HttpAnswer> HttpClient::ask(const HttpRequest& request) {
  Curl& curl = *curl_;
  curl.library.easy_reset(curl.handle);
  std::array<char, CURL_ERROR_SIZE> trouble{};
  const std::string* const post = request.json ? &*request.json : request.bytes ? &*request.bytes : nullptr;
  Body body{.text = {}, .most = request.most, .wanted = !post || request.most != 0};
  Lines lines(curl.library);
  if (!request.etag.empty()) lines.add("If-None-Match: " + request.etag);
  if (!request.last_modified.empty()) lines.add("If-Modified-Since: " + request.last_modified);
  for (const std::string& line : request.headers) lines.add(line);
  if (post) {
    lines.add(request.json ? "Content-Type: application/json" : "Content-Type: application/octet-stream");
    lines.add("Expect:");  // no round trip before the body
    curl.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post->size()));
    curl.set(CURLOPT_POSTFIELDS, post->data());
  } else {
    curl.set(CURLOPT_FOLLOWLOCATION, 1L);
    curl.set(CURLOPT_MAXREDIRS, kRedirects);
  }
  curl.set(CURLOPT_HTTPHEADER, lines.first());
  curl.set(CURLOPT_URL, request.url.c_str());
  curl.set(CURLOPT_PROTOCOLS_STR, "http,https");
  curl.set(CURLOPT_REDIR_PROTOCOLS_STR, request.url.starts_with("https:") ? "https" : "http,https");
  curl.set(CURLOPT_SSL_VERIFYPEER, 1L);
  curl.set(CURLOPT_SSL_VERIFYHOST, 2L);
  curl.set(CURLOPT_USERAGENT, fmt::format("vedette/{}", kVersion).c_str());
  curl.set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  curl.set(CURLOPT_WRITEFUNCTION, &keep);
  curl.set(CURLOPT_WRITEDATA, &body);
  curl.set(CURLOPT_XFERINFOFUNCTION, &ask_whether_to_go_on);
  curl.set(CURLOPT_XFERINFODATA, &cancelled_);
  curl.set(CURLOPT_NOPROGRESS, 0L);
  curl.set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl.set(CURLOPT_TIMEOUT, static_cast<long>(request.timeout.count()));
  if (!request.patient) {
    curl.set(CURLOPT_LOW_SPEED_LIMIT, kSlowBytes);
    curl.set(CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
  }
  if (request.once) curl.set(CURLOPT_FRESH_CONNECT, 1L);
  curl.set(CURLOPT_ERRORBUFFER, trouble.data());
  curl.set(CURLOPT_NOSIGNAL, 1L);
  // A thread that still asks a resolver is left behind rather than waited for.
  curl.set(CURLOPT_QUICK_EXIT, 1L);
  const CURLcode done = cancelled_ ? CURLE_ABORTED_BY_CALLBACK : curl.library.easy_perform(curl.handle);
  const std::string where = shown_url(request.url);
  if (body.too_long) return failed(where, fmt::format("answers with more than {} bytes", request.most));
  if (done != CURLE_OK)
    return failed(where, trouble[0] != '\0' ? trouble.data() : curl.library.easy_strerror(done));
  HttpAnswer answer;
  answer.status = static_cast<int>(curl.info<long>(CURLINFO_RESPONSE_CODE));
  answer.body = std::move(body.text);
  answer.content_type = curl.header("Content-Type");
  answer.etag = curl.header("ETag");
  answer.last_modified = curl.header("Last-Modified");
  if (const auto seconds = curl.info<curl_off_t>(CURLINFO_RETRY_AFTER); seconds > 0)
    answer.retry_after = std::chrono::seconds(seconds);
  return answer;
}

}  // namespace vedette
