// Fetches feeds by URL in a thread of its own: a server that is slow, or away, holds up nothing but other
// downloads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "fetch/http_client.h"

namespace vedette {

struct FeedDownload {
  std::size_t feed = 0;
  Result<HttpAnswer> answer;
};

// Any thread.
class FeedDownloads {
 public:
  // Failed where libcurl isn't there.
  [[nodiscard]] static Result<std::unique_ptr<FeedDownloads>> open();
  FeedDownloads(const FeedDownloads&) = delete;
  FeedDownloads& operator=(const FeedDownloads&) = delete;
  // Breaks off what is under way.
  ~FeedDownloads();

  // One after the other, in the order in which they are wanted.
  void want(std::size_t feed, HttpRequest request);
  // What is done, each once; nothing where none is.
  [[nodiscard]] std::optional<FeedDownload> take();

 private:
  struct Wanted {
    std::size_t feed;
    HttpRequest request;
  };

  explicit FeedDownloads(std::unique_ptr<HttpClient> client);
  void run();

  std::unique_ptr<HttpClient> client_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Wanted> wanted_;
  std::deque<FeedDownload> done_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vedette
