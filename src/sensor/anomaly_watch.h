// Raises what is unusual of the traffic while it goes on: whenever another quarter of an hour is complete,
// the history's last ones are held to what is usual at that hour of the week (inquire/unusual.h). Beside the
// packets' way: it asks the store on a thread of its own, and says nothing until there is a fortnight of
// history. A finding of it has no source, so that nothing is ever blocked for it.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "analyse/anomalies.h"
#include "detect/detection.h"
#include "store/store.h"

namespace vedette {

class AnomalyWatch {
 public:
  // Gets each finding as it is raised, grown and over, on the thread that looks.
  using Told = std::function<void(const Finding&, FindingNews)>;

  // `store` must outlive this. `note` gets a line for the log where the history can't be asked.
  AnomalyWatch(Store& store, Told told, std::function<void(const std::string&)> note);
  AnomalyWatch(const AnomalyWatch&) = delete;
  AnomalyWatch& operator=(const AnomalyWatch&) = delete;
  ~AnomalyWatch() { stop(); }

  // Begins to look, each minute. The sensor is awake since `awake_since`, since the epoch.
  void start(Nanoseconds awake_since);
  // Waits for a look that is under way.
  void stop();

  // Judges what is complete at `now` and wasn't judged yet. The thread does it; tests without one.
  void look(Nanoseconds now);

 private:
  // What is unusual in the same way since the same moment is one finding, on whichever interfaces.
  using Key = std::pair<std::string_view, Nanoseconds>;  // detector, first

  struct Watched;
  void run();
  [[nodiscard]] Result<std::map<Key, Finding>> found_until(Nanoseconds end);
  [[nodiscard]] Result<void> take(const Watched& watched, Nanoseconds end, std::map<Key, Finding>& found);
  void count(const Anomaly& anomaly, Finding& finding);

  Store& store_;
  Told told_;
  std::function<void(const std::string&)> note_;
  Nanoseconds awake_since_ = Nanoseconds::max();
  Nanoseconds judged_{};  // until there
  bool failing_ = false;  // the latest look; it was noted
  std::map<Key, Finding> open_;
  std::mutex mutex_;  // of what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vedette
