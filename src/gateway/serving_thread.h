// A thread with an io_context, and the connections that are on it.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>
#include <thread>

#include "gateway/connection.h"

namespace vedette {

// serve() and finish() from any thread; finish() once, then join().
class ServingThread {
 public:
  ServingThread();
  ~ServingThread();
  ServingThread(const ServingThread&) = delete;
  ServingThread& operator=(const ServingThread&) = delete;

  [[nodiscard]] boost::asio::io_context& context() { return context_; }
  // Takes the connection from now on.
  void serve(std::unique_ptr<Connection> connection);
  // Ends what is idle now, the rest when its request has been answered or `patience` is over.
  void finish(std::chrono::seconds patience);
  void join();

 private:
  [[nodiscard]] boost::asio::awaitable<void> run(std::unique_ptr<Connection> connection);

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer patience_;
  std::set<Connection*> connections_;
  bool finishing_ = false;
  std::thread thread_;
};

}  // namespace vedette
