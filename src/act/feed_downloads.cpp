#include "act/feed_downloads.h"

#include <utility>

#include "base/privileges.h"

namespace vedette {

namespace {

constexpr std::size_t kAtATime = 4;

}  // namespace

Result<std::unique_ptr<FeedDownloads>> FeedDownloads::open() {
  std::vector<std::unique_ptr<HttpClient>> clients;
  while (clients.size() < kAtATime) {
    auto client = HttpClient::open();
    if (!client) return std::unexpected(client.error());
    clients.push_back(std::move(*client));
  }
  return std::unique_ptr<FeedDownloads>(new FeedDownloads(std::move(clients)));
}

FeedDownloads::FeedDownloads(std::vector<std::unique_ptr<HttpClient>> clients)
    : clients_(std::move(clients)) {
  for (const auto& client : clients_) threads_.emplace_back([this, &client] { run(*client); });
}

FeedDownloads::~FeedDownloads() {
  for (const auto& client : clients_) client->cancel();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void FeedDownloads::want(std::size_t feed, HttpRequest request) {
  {
    const std::lock_guard lock(mutex_);
    wanted_.push_back({feed, std::move(request)});
  }
  came_.notify_one();
}

std::optional<FeedDownload> FeedDownloads::take() {
  const std::lock_guard lock(mutex_);
  if (done_.empty()) return {};
  FeedDownload one = std::move(done_.front());
  done_.pop_front();
  return one;
}

void FeedDownloads::run(HttpClient& client) {
  (void)drop_privileges();  // who can't give any up has none
  std::unique_lock lock(mutex_);
  while (true) {
    came_.wait(lock, [this] { return stopping_ || !wanted_.empty(); });
    if (stopping_) return;
    const Wanted one = std::move(wanted_.front());
    wanted_.pop_front();
    lock.unlock();
    FeedDownload done{one.feed, client.ask(one.request)};
    lock.lock();
    done_.push_back(std::move(done));
  }
}

}  // namespace vedette
