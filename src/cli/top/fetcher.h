// Looks at the sensor every so often, in a thread of its own, so that the view answers to keys while a
// sensor is slow or away.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "cli/api_client.h"
#include "cli/top/snapshot.h"

namespace vedette::top {

struct Question {
  std::string filter, sort;  // of /v1/flows
  std::chrono::duration<double> interval{1};
};

// The three answers to one question.
[[nodiscard]] Result<Answers> fetch(const ApiClient& api, const Question& question);

// Made, asked and let go by one thread.
class Fetcher {
 public:
  explicit Fetcher(std::string socket);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // Asked from now on; `at_once`: without waiting for the interval's end.
  void ask(Question question, bool at_once);
  // The latest answers that weren't taken yet.
  [[nodiscard]] std::optional<Result<Answers>> take();
  // How long the sensor has owed an answer; zero where it owes none.
  [[nodiscard]] std::chrono::nanoseconds waiting();
  // Becomes readable when there is something to take.
  [[nodiscard]] int fd() const { return ready_.get(); }

 private:
  void run();

  ApiClient api_;
  FileDescriptor ready_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Question> question_;
  std::optional<Result<Answers>> answers_;
  std::optional<std::chrono::steady_clock::time_point> asked_;  // until the answer is there
  bool at_once_ = false, over_ = false;
  std::thread thread_;
};

}  // namespace vedette::top
