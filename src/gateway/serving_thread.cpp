#include "gateway/serving_thread.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace vedette {

namespace asio = boost::asio;

ServingThread::ServingThread()
    : work_(asio::make_work_guard(context_)), patience_(context_), thread_([this] { context_.run(); }) {}

ServingThread::~ServingThread() {
  work_.reset();
  context_.stop();
  join();
}

void ServingThread::join() {
  if (thread_.joinable()) thread_.join();
}

void ServingThread::serve(std::unique_ptr<Connection> connection) {
  asio::co_spawn(context_, run(std::move(connection)), asio::detached);
}

asio::awaitable<void> ServingThread::run(std::unique_ptr<Connection> connection) {
  connections_.insert(connection.get());
  co_await connection->run();
  connections_.erase(connection.get());
  if (finishing_ && connections_.empty()) patience_.cancel();
}

void ServingThread::finish(std::chrono::seconds patience) {
  asio::post(context_, [this, patience] {
    finishing_ = true;
    work_.reset();
    for (Connection* const one : connections_) one->finish();
    if (connections_.empty()) return;
    patience_.expires_after(patience);
    patience_.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      for (Connection* const one : connections_) one->cut();
    });
  });
}

}  // namespace vedette
