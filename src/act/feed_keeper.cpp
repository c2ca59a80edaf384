#include "act/feed_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "kernel/wall_clock.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 500ms;                        // between looks at what is due
constexpr auto kAskUntouchables = 5s;                // how long a new SSH session may find its source blocked
constexpr std::uintmax_t kLongestFeed = 256U << 20;  // bytes: four million lines of 64
constexpr std::size_t kSkipsTold = 10;
constexpr std::size_t kAdopted = 10'000;  // entries a page

Nanoseconds now() {
  return std::chrono::system_clock::now().time_since_epoch();
}

// An end in the table's units, rounded up; never 0, which is none.
std::uint32_t table_time(std::uint64_t monotonic_ns) {
  const std::uint64_t unit = 1ULL << VDT_FEED_TIME_SHIFT;
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (monotonic_ns + unit - 1) / unit));
}

const Untouchable* held_by(const Prefix& prefix, const std::vector<Untouchable>& all) {
  const auto found =
      std::ranges::find_if(all, [&](const Untouchable& one) { return prefix.holds(one.address); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

FeedKeeper::FeedKeeper(std::vector<FeedOptions> feeds, FedSources& sources, Note note)
    : sources_(sources), note_(std::move(note)) {
  for (FeedOptions& options : feeds) {
    Feed feed;
    feed.status.options = std::move(options);
    feeds_.push_back(std::move(feed));
  }
  adopt_what_is_there();
  for (Feed& feed : feeds_) (void)look_at(feed);
  put_in_the_way();
  thread_ = std::thread([this] { run(); });
}

FeedKeeper::~FeedKeeper() {
  stop();
}

void FeedKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// What a dead daemon left is each feed's last good content, until it is read.
void FeedKeeper::adopt_what_is_there() {
  const WallClock clock;
  for (std::size_t first = 0; first < sources_.size(); first += kAdopted)
    for (const FedSource& source : sources_.page(first, kAdopted)) {
      const Nanoseconds until = clock.at(std::uint64_t{source.entry.until} << VDT_FEED_TIME_SHIFT);
      FedNetwork network{source.entry.prefix, 0, {}};
      if (source.entry.until != 0)
        network.until_s =
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(until).count());
      for (Feed& feed : feeds_)
        if (std::ranges::find(source.feeds, feed.status.options.name) != source.feeds.end())
          feed.content.networks.push_back(network);
    }
}

void FeedKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLook, [this] { return stopping_; })) {
    bool changed = false;
    for (Feed& feed : feeds_)
      if (std::chrono::steady_clock::now() >= feed.due) changed |= look_at(feed);
    if (changed || untouchables_changed()) put_in_the_way();
  }
}

Result<FeedContent> FeedKeeper::read(Feed& feed) const {
  const FeedOptions& options = feed.status.options;
  std::error_code error;
  const auto size = std::filesystem::file_size(options.source, error);
  if (error) return failed(options.source, "can't be read: " + error.message());
  if (size > kLongestFeed)
    return failed(options.source, fmt::format("is longer than {} MiB", kLongestFeed >> 20));
  std::ifstream file(options.source, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  auto content = read_feed(text.view(), options.form);
  if (!content) return content;
  const std::size_t before = feed.content.size();
  if (content->size() == 0 ||
      static_cast<double>(content->size()) < options.least * static_cast<double>(before))
    return failed(
        options.source,
        fmt::format("has {} entries where it had {}: the last good ones stay", content->size(), before),
        fmt::format("least={}% says from how many on it is believed", static_cast<int>(options.least * 100)));
  std::ranges::sort(content->networks, {}, &FedNetwork::prefix);
  return content;
}

bool FeedKeeper::look_at(Feed& feed) {
  FeedStatus& status = feed.status;
  feed.due = std::chrono::steady_clock::now() + status.options.every;
  status.next_try = now() + status.options.every;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(status.options.source, error);
  const auto size = std::filesystem::file_size(status.options.source, error);
  if (!error && feed.seen && written == feed.written && size == feed.size) {
    if (!status.error.empty()) return false;
    status.last_success = now();
    return status.options.ttl.has_value();  // its entries last on
  }
  feed.seen = !error;
  feed.written = written;
  feed.size = size;
  auto content = read(feed);
  if (!content) {
    if (status.error != content.error().text())
      note_(fmt::format("feed {}: {}", status.options.name, content.error().text()));
    status.error = content.error().text();
    return false;
  }
  feed.content = std::move(*content);
  status.error.clear();
  status.last_success = now();
  status.bad = feed.content.bad;
  status.bad_lines = feed.content.bad_lines;
  if (status.bad != 0)
    note_(fmt::format("feed {}: {} lines can't be used; line {}: {}", status.options.name, status.bad,
                      status.bad_lines.front().line, status.bad_lines.front().what));
  return true;
}

// Where one came that is blocked, or one went for whom something was left out.
bool FeedKeeper::untouchables_changed() {
  if (std::chrono::steady_clock::now() - asked_ < kAskUntouchables) return false;
  asked_ = std::chrono::steady_clock::now();
  const std::vector<Untouchable> present = untouchables();
  const auto lacks = [](const std::vector<Untouchable>& all, const Untouchable& one) {
    return std::ranges::find(all, one.address, &Untouchable::address) == all.end();
  };
  for (const Untouchable& one : present)
    if (lacks(untouchables_, one) && !sources_.that_hold(one.address).empty()) return true;
  const bool any_skipped =
      std::ranges::any_of(feeds_, [](const Feed& feed) { return feed.status.skipped != 0; });
  return any_skipped &&
         std::ranges::any_of(untouchables_, [&](const Untouchable& one) { return lacks(present, one); });
}

void FeedKeeper::add(Feed& feed, std::uint64_t bit, std::vector<FedPrefix>& all) const {
  FeedStatus& status = feed.status;
  const WallClock clock;
  const bool observe = status.options.observe;
  status.skipped = 0;
  status.skips.clear();
  for (const FedNetwork& network : feed.content.networks) {
    if (const Untouchable* one = observe ? nullptr : held_by(network.prefix, untouchables_)) {
      if (status.skipped++ < kSkipsTold)
        status.skips.push_back(fmt::format("{} holds {}: {}", prefix_text(network.prefix),
                                           prefix_text(one->address), one->what));
      continue;
    }
    FedPrefix fed{.prefix = network.prefix, .until = 0, .drops_until = 0, .feeds = bit};
    std::optional<Nanoseconds> end;
    if (network.until_s != 0) end = std::chrono::seconds(network.until_s);
    if (status.options.ttl && status.last_success) {
      const Nanoseconds lasts = *status.last_success + *status.options.ttl;
      end = end ? std::min(*end, lasts) : lasts;
    }
    if (end && *end <= now()) continue;
    if (end) fed.until = table_time(static_cast<std::uint64_t>(clock.monotonic(*end).count()));
    fed.drops_until = observe ? VDT_FEED_NEVER_DROPS : fed.until;
    all.push_back(fed);
  }
  if (status.skipped != 0)
    note_(fmt::format("feed {}: {} entries left out; {}", status.options.name, status.skipped,
                      status.skips.front()));
}

void FeedKeeper::put_in_the_way() {
  untouchables_ = untouchables();
  asked_ = std::chrono::steady_clock::now();
  std::vector<FedPrefix> all;
  std::vector<std::string> names;
  for (Feed& feed : feeds_) {
    add(feed, 1ULL << names.size(), all);
    names.push_back(feed.status.options.name);
  }
  if (auto swapped = sources_.swap(std::move(all), names); !swapped) note_(swapped.error().text());
}

std::vector<FeedStatus> FeedKeeper::status() const {
  const auto hits = sources_.hits();
  const std::lock_guard lock(mutex_);
  std::vector<FeedStatus> all;
  for (const Feed& feed : feeds_) {
    FeedStatus& status = all.emplace_back(feed.status);
    status.networks = feed.content.networks.size();
    status.domains = feed.content.domains.size();
    status.ja3 = feed.content.ja3.size();
    status.ja4 = feed.content.ja4.size();
    if (const auto found = hits.find(status.options.name); found != hits.end()) status.hits = found->second;
  }
  return all;
}

std::string FeedKeeper::note_of(const std::string& name, const Prefix& prefix) const {
  const std::lock_guard lock(mutex_);
  for (const Feed& feed : feeds_) {
    if (feed.status.options.name != name) continue;
    const auto found = std::ranges::lower_bound(feed.content.networks, prefix, {}, &FedNetwork::prefix);
    if (found != feed.content.networks.end() && found->prefix == prefix) return found->note;
  }
  return {};
}

}  // namespace vedette
