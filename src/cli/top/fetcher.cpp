#include "cli/top/fetcher.h"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <utility>

namespace vedette::top {

namespace {

// Of the flows that match, the first by the order asked for; the view says when there are more.
constexpr int kFlows = 1000;

// Whoever looks at the view says when it is enough.
constexpr std::chrono::milliseconds kForever{0};

}  // namespace

Result<Answers> fetch(const ApiClient& api, const Question& question) {
  auto stats = api.get("/v1/stats");
  if (!stats) return std::unexpected(stats.error());
  auto interfaces = api.get("/v1/interfaces");
  if (!interfaces) return std::unexpected(interfaces.error());
  auto flows = api.get(ApiClient::target(
      "/v1/flows",
      {{"limit", fmt::to_string(kFlows)}, {"sort", question.sort}, {"filter", question.filter}}));
  if (!flows) return std::unexpected(flows.error());
  return Answers{std::move(*stats), std::move(*interfaces), std::move(*flows)};
}

Fetcher::Fetcher(std::string socket)
    : api_(std::move(socket), kForever),
      ready_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { run(); }) {}

Fetcher::~Fetcher() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  api_.cancel();
  thread_.join();
}

void Fetcher::ask(Question question, bool at_once) {
  {
    const std::lock_guard lock(mutex_);
    question_ = std::move(question);
    at_once_ = at_once_ || at_once;
  }
  changed_.notify_all();
}

std::optional<Result<Answers>> Fetcher::take() {
  const std::lock_guard lock(mutex_);
  eventfd_t count = 0;
  (void)eventfd_read(ready_.get(), &count);
  return std::exchange(answers_, std::nullopt);
}

std::chrono::nanoseconds Fetcher::waiting() {
  const std::lock_guard lock(mutex_);
  return asked_ ? std::chrono::steady_clock::now() - *asked_ : std::chrono::nanoseconds(0);
}

void Fetcher::run() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return question_ || over_; });
  while (!over_) {
    at_once_ = false;
    const Question question = *question_;
    const auto begun = std::chrono::steady_clock::now();
    asked_ = begun;
    lock.unlock();
    auto answers = fetch(api_, question);
    lock.lock();
    answers_ = std::move(answers);
    asked_.reset();
    (void)eventfd_write(ready_.get(), 1);
    changed_.wait_until(lock, begun + std::chrono::duration_cast<std::chrono::nanoseconds>(question.interval),
                        [this] { return at_once_ || over_; });
  }
}

}  // namespace vedette::top
