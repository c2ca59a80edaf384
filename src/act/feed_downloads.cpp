#include "act/feed_downloads.h"

#include <utility>

#include "base/privileges.h"

namespace vedette {

Result<std::unique_ptr<FeedDownloads>> FeedDownloads::open() {
  auto client = HttpClient::open();
  if (!client) return std::unexpected(client.error());
  return std::unique_ptr<FeedDownloads>(new FeedDownloads(std::move(*client)));
}

FeedDownloads::FeedDownloads(std::unique_ptr<HttpClient> client)
    : client_(std::move(client)), thread_([this] { run(); }) {}

FeedDownloads::~FeedDownloads() {
  client_->cancel();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_all();
  thread_.join();
}

void FeedDownloads::want(std::size_t feed, HttpRequest request) {
  {
    const std::lock_guard lock(mutex_);
    wanted_.push_back({feed, std::move(request)});
  }
  came_.notify_all();
}

std::optional<FeedDownload> FeedDownloads::take() {
  const std::lock_guard lock(mutex_);
  if (done_.empty()) return {};
  FeedDownload one = std::move(done_.front());
  done_.pop_front();
  return one;
}

void FeedDownloads::run() {
  (void)drop_privileges();  // who can't give any up has none
  std::unique_lock lock(mutex_);
  while (true) {
    came_.wait(lock, [this] { return stopping_ || !wanted_.empty(); });
    if (stopping_) return;
    const Wanted one = std::move(wanted_.front());
    wanted_.pop_front();
    lock.unlock();
    FeedDownload done{one.feed, client_->ask(one.request)};
    lock.lock();
    done_.push_back(std::move(done));
  }
}

}  // namespace vedette
