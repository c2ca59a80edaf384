#include "act/feed_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "act/feed_believed.h"
#include "act/feed_downloads.h"
#include "act/kept_feed.h"
#include "base/privileges.h"
#include "base/url.h"
#include "kernel/wall_clock.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 500ms;                        // between looks at what is due
constexpr auto kAskUntouchables = 5s;                // how long a new SSH session may find its source blocked
constexpr auto kLookForEnded = 60s;                  // the kernel lets what has ended decide no more anyhow
constexpr std::size_t kLongestDownload = 64U << 20;  // bytes, unpacked: a million lines of 64
constexpr std::chrono::seconds kDownload = 5min;     // a feed at most
constexpr std::chrono::seconds kFirstRetry = 1min;   // after a failure; twice as long after each further one
constexpr std::chrono::seconds kLongestRetryAfter = 24h;  // that a server may ask for
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

// Wider ones are kinds of addresses (reserved ones, multicast), which lists of what must not come in name
// too.
bool is_narrow(const Prefix& network) {
  return network.length >= (network.ip_version == 4 ? 8 : 19);
}

bool has_url(const FeedOptions& options) {
  return is_http_url(options.source);
}

// How many of one are not in the other; both are in their order.
std::size_t not_in(const std::vector<FedNetwork>& one, const std::vector<FedNetwork>& other) {
  std::size_t count = 0;
  auto at = other.begin();
  for (const FedNetwork& network : one) {
    while (at != other.end() && at->prefix < network.prefix) ++at;
    count += at == other.end() || at->prefix != network.prefix;
  }
  return count;
}

// Domains, hosts and fingerprints.
std::size_t names_of(const FeedContent& content) {
  return content.size() - content.networks.size();
}

}  // namespace

FeedKeeper::FeedKeeper(FeedKeeperOptions options, FedSources& sources)
    : options_(std::move(options)), sources_(sources) {
  for (const FeedOptions& one : options_.feeds) feeds_.emplace_back().status.options = one;
  adopt_what_is_there();
  if (std::ranges::any_of(options_.feeds, has_url)) {
    auto downloads = FeedDownloads::open();
    if (downloads)
      downloads_ = std::move(*downloads);
    else
      options_.note(downloads.error().text());
  }
  for (Feed& feed : feeds_) {
    feed.status.next_try = now();
    if (has_url(feed.status.options))
      adopt_kept(feed);
    else
      (void)look_at(feed);
  }
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
  downloads_.reset();
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

std::filesystem::path FeedKeeper::kept_file(const Feed& feed) const {
  return options_.folder / (feed.status.options.name + ".feed");
}

void FeedKeeper::adopt_kept(Feed& feed) {
  if (options_.folder.empty()) return;
  const FeedOptions& options = feed.status.options;
  const auto kept = kept_feed(kept_file(feed), options.source);
  if (!kept) return options_.note(kept.error().text());
  if (!*kept) return;
  auto content = believed_feed((*kept)->text, options, 0);
  if (!content) return options_.note(content.error().text());
  replace_content(feed, std::move(*content), (*kept)->fetched);
  feed.etag = (*kept)->etag;
  feed.last_modified = (*kept)->last_modified;
}

void FeedKeeper::keep(const Feed& feed, const std::string& text) {
  if (options_.folder.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(options_.folder, ignored);
  const KeptFeed kept{.url = feed.status.options.source,
                      .etag = feed.etag,
                      .last_modified = feed.last_modified,
                      .fetched = feed.status.last_success.value_or(now()),
                      .text = text};
  if (auto done = keep_feed(kept_file(feed), kept); !done)
    options_.note(fmt::format("feed {}: {}", feed.status.options.name, done.error().text()));
}

void FeedKeeper::run() {
  (void)drop_privileges();  // who can't give any up has none
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLook, [this] { return stopping_; })) {
    lock.unlock();
    bool changed = false;
    for (Feed& feed : feeds_) {
      if (feed.asked || Clock::now() < feed.due) continue;
      if (has_url(feed.status.options))
        ask_server(feed);
      else
        changed |= look_at(feed);
    }
    while (downloads_) {
      auto download = downloads_->take();
      if (!download) break;
      changed |= take(*download);
    }
    if (changed || any_ended() || untouchables_changed()) put_in_the_way();
    std::erase_if(retired_, [](const auto& table) { return table.use_count() == 1; });
    lock.lock();
  }
}

// Not all hosts that have the same feed at the same second: within a tenth around it.
void FeedKeeper::be_due_in(Feed& feed, std::chrono::seconds time) {
  std::chrono::nanoseconds spread = time;
  if (has_url(feed.status.options))
    spread = std::chrono::duration_cast<std::chrono::nanoseconds>(
        spread * std::uniform_real_distribution(0.9, 1.1)(random_));
  feed.due = Clock::now() + spread;
  const std::lock_guard lock(mutex_);
  feed.status.next_try = now() + spread;
}

void FeedKeeper::fail(Feed& feed, const std::string& why) {
  if (feed.status.error != why) options_.note(fmt::format("feed {}: {}", feed.status.options.name, why));
  const std::lock_guard lock(mutex_);
  feed.status.error = why;
}

bool FeedKeeper::read(Feed& feed, std::string_view text) {
  FeedStatus& status = feed.status;
  auto content = believed_feed(text, status.options, feed.content.size());
  if (!content) {
    fail(feed, content.error().text());
    return false;
  }
  if (content->bad != 0)
    options_.note(fmt::format("feed {}: {} lines can't be used; line {}: {}", status.options.name,
                              content->bad, content->bad_lines.front().line,
                              content->bad_lines.front().what));
  replace_content(feed, std::move(*content), now());
  return true;
}

void FeedKeeper::replace_content(Feed& feed, FeedContent content, Nanoseconds when) {
  const std::size_t added = not_in(content.networks, feed.content.networks),
                    removed = not_in(feed.content.networks, content.networks);
  FeedStatus& status = feed.status;
  if (options_.audit && (added + removed != 0 || names_of(content) != names_of(feed.content)))
    options_.audit->record("feed_changed", {.kind = ActorKind::kFeed}, [&](JsonWriter& json) {
      json.field("feed", std::string_view(status.options.name));
      if (status.options.observe) json.field("observe", true);
      json.field("added", added);
      json.field("removed", removed);
      json.field("networks", content.networks.size());
      json.field("names", names_of(content));
    });
  const std::lock_guard lock(mutex_);
  std::swap(feed.content, content);
  status.error.clear();
  status.last_success = when;
  status.bad = feed.content.bad;
  status.bad_lines = feed.content.bad_lines;
}

void FeedKeeper::ask_server(Feed& feed) {
  if (!downloads_) {
    be_due_in(feed, feed.status.options.every);
    return fail(feed, "libcurl isn't there, which fetches URLs");
  }
  feed.asked = true;
  HttpRequest request{.url = feed.status.options.source,
                      .json = {},
                      .etag = feed.etag,
                      .last_modified = feed.last_modified,
                      .most = kLongestDownload,
                      .timeout = kDownload};
  downloads_->want(static_cast<std::size_t>(&feed - feeds_.data()), std::move(request));
}

bool FeedKeeper::take(FeedDownload& download) {
  constexpr int kOk = 200, kNotModified = 304;
  Feed& feed = feeds_[download.feed];
  FeedStatus& status = feed.status;
  auto& answer = download.answer;
  feed.asked = false;
  {
    const std::lock_guard lock(mutex_);
    status.last_try = now();
    status.http_status = answer ? answer->status : 0;
  }
  bool good = false, changed = false;
  if (!answer) {
    fail(feed, answer.error().text());
  } else if (answer->status == kNotModified && !(feed.etag.empty() && feed.last_modified.empty())) {
    const std::lock_guard lock(mutex_);
    status.error.clear();
    status.last_success = now();
    good = true;
    changed = status.options.ttl.has_value();  // its entries last on
  } else if (answer->status != kOk) {
    fail(feed, fmt::format("{}: answers with status {}", shown_url(status.options.source), answer->status));
  } else if (read(feed, answer->body)) {
    feed.etag = answer->etag;
    feed.last_modified = answer->last_modified;
    keep(feed, answer->body);
    good = changed = true;
  }
  feed.failures = good ? 0 : feed.failures + 1;
  std::chrono::seconds wait = status.options.every;
  if (!good) wait = std::min(wait, kFirstRetry * (1 << std::min(feed.failures - 1, 10U)));
  if (answer && answer->retry_after)
    wait = std::max(wait, std::min(*answer->retry_after, kLongestRetryAfter));
  be_due_in(feed, wait);
  return changed;
}

bool FeedKeeper::look_at(Feed& feed) {
  FeedStatus& status = feed.status;
  const std::string& file = status.options.source;
  be_due_in(feed, status.options.every);
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file, error);
  const auto size = std::filesystem::file_size(file, error);
  const bool same = !error && feed.seen && written == feed.written && size == feed.size;
  {
    const std::lock_guard lock(mutex_);
    status.last_try = now();
    if (same && status.error.empty()) status.last_success = now();
  }
  if (same) return status.error.empty() && status.options.ttl.has_value();  // its entries last on
  feed.seen = !error;
  feed.written = written;
  feed.size = size;
  const auto text = feed_file_text(file);
  if (text) return read(feed, *text);
  fail(feed, text.error().text());
  return false;
}

// Where one came that is blocked, or one went for whom something was left out.
bool FeedKeeper::untouchables_changed() {
  if (Clock::now() - asked_ < kAskUntouchables) return false;
  asked_ = Clock::now();
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

void FeedKeeper::add(Feed& feed, std::uint64_t bit, std::vector<FedPrefix>& all, IndicatorTable& named) {
  const std::uint16_t number = named.add_feed(feed.status.options.name);
  for (const FedIndicator& one : feed.content.domains) named.add_domain(one.value, number);
  for (const FedIndicator& one : feed.content.url_hosts) named.add_url_host(one.value, number);
  for (const auto* prints : {&feed.content.ja3, &feed.content.ja4})
    for (const FedIndicator& one : *prints) named.add_fingerprint(one.value, number);
  FeedStatus& status = feed.status;
  const WallClock clock;
  const bool observe = status.options.observe;
  std::size_t skipped = 0;
  std::vector<std::string> skips;
  for (const FedNetwork& network : feed.content.networks) {
    const Untouchable* one = held_by(network.prefix, untouchables_);
    if (one && !observe) {
      if (skipped++ < kSkipsTold)
        skips.push_back(fmt::format("{} holds {}: {}", prefix_text(network.prefix), prefix_text(one->address),
                                    one->what));
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
    if (end) next_end_ = next_end_ ? std::min(*next_end_, *end) : *end;
    if (!one && is_narrow(network.prefix)) named.add(network.prefix, number);
  }
  if (skipped != 0)
    options_.note(
        fmt::format("feed {}: {} entries left out; {}", status.options.name, skipped, skips.front()));
  const std::lock_guard lock(mutex_);
  status.skipped = skipped;
  status.skips = std::move(skips);
}

void FeedKeeper::put_in_the_way() {
  untouchables_ = untouchables();
  asked_ = Clock::now();
  put_ = asked_;
  next_end_.reset();
  std::vector<FedPrefix> all;
  std::vector<std::string> names;
  auto named = std::make_shared<IndicatorTable>();
  for (Feed& feed : feeds_) {
    add(feed, 1ULL << names.size(), all, *named);
    names.push_back(feed.status.options.name);
  }
  if (auto swapped = sources_.swap(std::move(all), names); !swapped) options_.note(swapped.error().text());
  named->sort();
  publish(std::move(named));
}

void FeedKeeper::publish(std::shared_ptr<const IndicatorTable> named) {
  const std::lock_guard lock(mutex_);
  indicators_.swap(named);
  if (named) retired_.push_back(std::move(named));
}

std::shared_ptr<const IndicatorTable> FeedKeeper::indicators() const {
  const std::lock_guard lock(mutex_);
  return indicators_;
}

bool FeedKeeper::any_ended() const {
  return next_end_ && now() >= *next_end_ && Clock::now() - put_ >= kLookForEnded;
}

std::vector<FeedStatus> FeedKeeper::status() const {
  const auto hits = sources_.hits();
  const std::lock_guard lock(mutex_);
  std::vector<FeedStatus> all;
  for (const Feed& feed : feeds_) {
    FeedStatus& status = all.emplace_back(feed.status);
    status.networks = feed.content.networks.size();
    status.domains = feed.content.domains.size();
    status.url_hosts = feed.content.url_hosts.size();
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
