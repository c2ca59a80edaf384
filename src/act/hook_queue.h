// The findings that wait for a hook, and the count of what became of each.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "act/finding_hook.h"

namespace vedette {

// put(), status() and stop() from any thread; the rest is the hook's own.
class HookQueue {
 public:
  HookQueue(std::string_view kind, std::string target, std::size_t most, HookNote note)
      : most_(most), note_(std::move(note)) {
    status_.kind = kind;
    status_.target = std::move(target);
  }

  void put(std::string finding);
  [[nodiscard]] HookStatus status() const;
  // Nothing is taken any more; what waits is counted as dropped.
  void stop();
  [[nodiscard]] bool stopped() const;

  // The next, after waiting for one up to `wait`; nothing where none came, or stop() was called. It waits on
  // in status() until it is told or failed.
  [[nodiscard]] std::optional<std::string> take(std::chrono::milliseconds wait);
  void told();
  // One that was taken; `why` goes to the log where it is another than before.
  void failed(const std::string& why);
  // Up to so long, or until stop().
  void pause(std::chrono::milliseconds time);

 private:
  const std::size_t most_;
  const HookNote note_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  std::size_t taken_ = 0;
  HookStatus status_;
  bool dropping_ = false;
  bool stopped_ = false;
};

}  // namespace vedette
