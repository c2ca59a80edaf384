// Keeps the feeds: reads each when its file has changed, keeps its last good content where that is broken,
// and puts what all of them block in the packets' way.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "act/fed_sources.h"
#include "act/lock_out.h"
#include "base/units.h"
#include "feed/feed_options.h"

namespace vedette {

struct FeedStatus {
  FeedOptions options;
  std::size_t networks = 0;
  std::size_t domains = 0;
  std::size_t ja3 = 0;
  std::size_t ja4 = 0;
  std::size_t bad = 0;
  std::vector<BadLine> bad_lines;
  std::size_t skipped = 0;                  // networks that hold who can't be blocked
  std::vector<std::string> skips;           // the first of them, with the reason
  std::optional<Nanoseconds> last_success;  // since the epoch
  Nanoseconds next_try{};
  std::string error;  // of the last try; empty: it succeeded
  FeedHits hits;
};

// Any thread.
class FeedKeeper {
 public:
  using Note = std::function<void(const std::string&)>;

  // Reads all feeds before it returns, so that they hold from the first packet on; `sources` must outlive
  // this.
  FeedKeeper(std::vector<FeedOptions> feeds, FedSources& sources, Note note);
  ~FeedKeeper();
  // Reads no more; what blocks stays.
  void stop();

  [[nodiscard]] std::vector<FeedStatus> status() const;
  // Why a feed has the network; empty where it doesn't say.
  [[nodiscard]] std::string note_of(const std::string& feed, const Prefix& prefix) const;

 private:
  struct Feed {
    FeedStatus status;
    FeedContent content;  // the last good one, networks in their order
    std::filesystem::file_time_type written;
    std::uintmax_t size = 0;
    bool seen = false;
    std::chrono::steady_clock::time_point due;
  };

  void adopt_what_is_there();
  void run();
  // With the lock held. True where what it blocks has changed.
  bool look_at(Feed& feed);
  [[nodiscard]] Result<FeedContent> read(Feed& feed) const;
  [[nodiscard]] bool untouchables_changed();
  void put_in_the_way();
  void add(Feed& feed, std::uint64_t bit, std::vector<FedPrefix>& all) const;

  mutable std::mutex mutex_;
  std::vector<Feed> feeds_;
  FedSources& sources_;
  Note note_;
  std::vector<Untouchable> untouchables_;
  std::chrono::steady_clock::time_point asked_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vedette
