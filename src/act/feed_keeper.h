// Keeps the feeds: reads each when its file has changed or its server has a new one, keeps its last good
// content where that is broken or the server away, puts what all of them block in the packets' way, and all
// that they name into a table for detectors.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "act/audit_trail.h"
#include "act/fed_sources.h"
#include "act/lock_out.h"
#include "base/units.h"
#include "detect/indicator_table.h"
#include "feed/feed_options.h"

namespace vedette {

class FeedDownloads;
struct FeedDownload;
struct KeptFeed;

struct FeedStatus {
  FeedOptions options;
  std::size_t networks = 0;
  std::size_t domains = 0;
  std::size_t url_hosts = 0;
  std::size_t ja3 = 0;
  std::size_t ja4 = 0;
  std::size_t bad = 0;
  std::vector<BadLine> bad_lines;
  std::size_t skipped = 0;                  // networks that hold who can't be blocked
  std::vector<std::string> skips;           // the first of them, with the reason
  std::optional<Nanoseconds> last_try;      // since the epoch
  std::optional<Nanoseconds> last_success;  // since the epoch
  Nanoseconds next_try{};
  int http_status = 0;  // of the last try; 0: it is a file, or no answer came
  std::string error;    // of the last try; empty: it succeeded
  FedHits hits;
};

struct FeedKeeperOptions {
  std::vector<FeedOptions> feeds;
  std::filesystem::path folder;  // where last good contents of URLs outlive the daemon; empty: nowhere
  std::function<void(const std::string&)> note;  // a line for the log; from any thread
  AuditTrail* audit = nullptr;                   // gets what feeds change by; null: nobody does
};

// Any thread.
class FeedKeeper {
 public:
  // Reads all files, and what was kept of URLs, before it returns, so that they hold from the first packet
  // on; waits for no server. `sources` must outlive this.
  FeedKeeper(FeedKeeperOptions options, FedSources& sources);
  ~FeedKeeper();
  // Reads no more; what blocks stays.
  void stop();

  [[nodiscard]] std::vector<FeedStatus> status() const;
  // Why a feed has the network; empty where it doesn't say.
  [[nodiscard]] std::string note_of(const std::string& feed, const Prefix& prefix) const;
  // What they name at this moment, for detectors; without networks so wide that they hold whom a block must
  // not cut off, or are no one's. Another table after each change.
  [[nodiscard]] std::shared_ptr<const IndicatorTable> indicators() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Feed {
    FeedStatus status;
    FeedContent content;  // the last good one, networks in their order
    Clock::time_point due;
    // Of a file, as it was read last.
    std::filesystem::file_time_type written;
    std::uintmax_t size = 0;
    bool seen = false;
    // Of a URL: what the server said of the content, whether a download is under way, failures in a row.
    std::string etag;
    std::string last_modified;
    bool asked = false;
    unsigned failures = 0;
  };

  void adopt_what_is_there();
  void adopt_kept(Feed& feed);
  void run();
  // These are true where what it blocks has changed.
  bool look_at(Feed& feed);
  bool take(FeedDownload& download);
  bool read(Feed& feed, std::string_view text);

  void ask_server(Feed& feed);
  void keep(const Feed& feed, const std::string& text);
  void replace_content(Feed& feed, FeedContent content, Nanoseconds when);
  void fail(Feed& feed, const std::string& why);
  void be_due_in(Feed& feed, std::chrono::seconds time);
  [[nodiscard]] std::filesystem::path kept_file(const Feed& feed) const;
  [[nodiscard]] bool untouchables_changed();
  void put_in_the_way();
  void add(Feed& feed, std::uint64_t bit, std::vector<FedPrefix>& all, IndicatorTable& named);
  [[nodiscard]] bool any_ended() const;
  void publish(std::shared_ptr<const IndicatorTable> named);

  FeedKeeperOptions options_;
  FedSources& sources_;
  // Written by the thread below alone (before it begins, by the constructor), and by it with the lock held
  // where others read: status and content.
  std::vector<Feed> feeds_;
  std::vector<Untouchable> untouchables_;
  Clock::time_point asked_;
  Clock::time_point put_;
  std::optional<Nanoseconds> next_end_;  // of an entry, since the epoch
  // Tables that detectors may hold still: a large one takes long to free, which shall be done here.
  std::vector<std::shared_ptr<const IndicatorTable>> retired_;
  std::minstd_rand random_{std::random_device{}()};
  std::unique_ptr<FeedDownloads> downloads_;  // null: no feed has a URL

  mutable std::mutex mutex_;
  std::shared_ptr<const IndicatorTable> indicators_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vedette
