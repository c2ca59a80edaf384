// A URL that each finding is sent to.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "act/finding_hook.h"
#include "act/hook_queue.h"
#include "base/privileges.h"
#include "base/url.h"
#include "fetch/http_client.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr int kTries = 5;
constexpr std::chrono::seconds kFirstPause =
    1s;  // after a try that failed; twice as long after each further one
constexpr std::chrono::seconds kLongestPause = 60s;  // also where the server asks for more
constexpr auto kIdle = 1h;

// What a later try may do better (RFC 9110: a timeout, too many requests, the server's own troubles).
bool may_pass(int status) {
  return status == 408 || status == 429 || status >= 500;
}

class UrlHook final : public FindingHook {
 public:
  UrlHook(std::string url, const HookOptions& options, std::unique_ptr<HttpClient> client, HookNote note)
      : url_(std::move(url)),
        timeout_(options.timeout),
        client_(std::move(client)),
        queue_("url", shown_url(url_), options.queue, std::move(note)),
        thread_([this] { run(); }) {}
  UrlHook(const UrlHook&) = delete;
  UrlHook& operator=(const UrlHook&) = delete;
  ~UrlHook() override {
    queue_.stop();
    client_->cancel();
    thread_.join();
  }

  void tell(std::string finding) override { queue_.put(std::move(finding)); }
  [[nodiscard]] HookStatus status() const override { return queue_.status(); }

 private:
  void run() {
    (void)drop_privileges();  // who can't give any up has none
    while (!queue_.stopped())
      if (auto finding = queue_.take(kIdle)) send(std::move(*finding));
  }

  void send(std::string finding) {
    HttpRequest request;
    request.url = url_;
    request.json = std::move(finding);
    request.timeout = timeout_;
    std::string why;
    for (int tried = 1; tried <= kTries && !queue_.stopped(); tried++) {
      const auto answer = client_->ask(request);
      if (answer && answer->status >= 200 && answer->status < 300) return queue_.told();
      why = answer ? fmt::format("answers with status {}", answer->status) : answer.error().text();
      if (tried == kTries || (answer && !may_pass(answer->status))) break;
      std::chrono::seconds pause = kFirstPause * (1 << (tried - 1));
      if (answer && answer->retry_after) pause = std::max(pause, *answer->retry_after);
      queue_.pause(std::min(pause, kLongestPause));
    }
    queue_.failed(why);
  }

  const std::string url_;
  const std::chrono::seconds timeout_;
  const std::unique_ptr<HttpClient> client_;
  HookQueue queue_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<FindingHook>> make_url_hook(const std::string& url, const HookOptions& options,
                                                   HookNote note) {
  if (!is_http_url(url) || host_of_url(url).empty())
    return unusable("--hook-url",
                    fmt::format("expected http:// or https:// and a host, found {}", shown_url(url)));
  auto client = HttpClient::open();
  if (!client) return std::unexpected(client.error());
  return std::make_unique<UrlHook>(url, options, std::move(*client), std::move(note));
}

}  // namespace vedette
