// A thread that waits for the disk and for passwords' hashes, so that connections' threads don't; and it
// makes one change at a time. It holds the one hash's 64 MiB that there are.
#pragma once

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

#include "gateway/coroutine.h"
#include "gateway/reply.h"

namespace vedette {

// Any thread.
class Worker {
 public:
  static constexpr int kMostWaiting = 32;

  ~Worker() { thread_.join(); }

  // The answer of `work`, made by the worker's thread; 503 where too many wait already.
  template <typename Work>
  [[nodiscard]] Awaitable<Reply> answer(Work work) {
    if (waiting_.fetch_add(1) >= kMostWaiting) {
      waiting_--;
      co_return problem_reply(503, "no room", "too many changes are waiting already", {});
    }
    Reply reply = co_await boost::asio::co_spawn(
        thread_, [](Work made) -> Awaitable<Reply> { co_return made(); }(std::move(work)),
        boost::asio::use_awaitable);
    waiting_--;
    co_return reply;
  }

  // Has `work` done some time.
  template <typename Work>
  void post(Work work) {
    boost::asio::post(thread_, std::move(work));
  }

 private:
  boost::asio::thread_pool thread_{1};
  std::atomic<int> waiting_ = 0;
};

}  // namespace vedette
