// Fetches feeds by URL, four at a time, in threads of its own: a server that is slow, or away, holds up
// nothing else while no more than three of them do so.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

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

  // Begun in the order in which they are wanted.
  void want(std::size_t feed, HttpRequest request);
  // What is done, each once; nothing where none is.
  [[nodiscard]] std::optional<FeedDownload> take();

 private:
  struct Wanted {
    std::size_t feed;
    HttpRequest request;
  };

  explicit FeedDownloads(std::vector<std::unique_ptr<HttpClient>> clients);
  void run(HttpClient& client);

  std::vector<std::unique_ptr<HttpClient>> clients_;  // one a thread
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Wanted> wanted_;
  std::deque<FeedDownload> done_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vedette
