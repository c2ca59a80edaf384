#include "sensor/anomaly_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/privileges.h"
#include "inquire/question.h"
#include "inquire/unusual.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr Nanoseconds kStep = 15min;
constexpr auto kFirstLook = 10s;  // a sensor that starts has other things to do
constexpr auto kLookEvery = 60s;
constexpr Nanoseconds kWritten = 5s;  // rows wait for two seconds at most
constexpr std::size_t kWeeks = 5;     // roll-ups by the minute are kept for 35 days
constexpr std::size_t kMostSeries = 16;
constexpr Nanoseconds kFresh = 1h;          // what is raised was unusual so lately
constexpr Nanoseconds kLookBack = days(2);  // more than the day of quiet that ends one
// What lasts longer is usual by then; so far back the first look goes, to find when one began.
constexpr Nanoseconds kLongest = days(10);
constexpr double kGrave = 2;  // times the threshold: more than low

}  // namespace

struct AnomalyWatch::Watched {
  const char* from;
  std::vector<std::string> by;
  const char* measure;
  // Of the series whose direction it is; the only one where there is no direction.
  std::string_view in, out;
};

AnomalyWatch::AnomalyWatch(Store& store, Told told, std::function<void(const std::string&)> note)
    : store_(store), told_(std::move(told)), note_(std::move(note)) {}

void AnomalyWatch::start(Nanoseconds awake_since) {
  awake_since_ = awake_since;
  thread_ = std::thread([this] { run(); });
}

void AnomalyWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AnomalyWatch::run() {
  (void)drop_privileges();  // who can't give any up has none
  std::unique_lock lock(mutex_);
  for (auto wait = kFirstLook; !wake_.wait_for(lock, wait, [this] { return stopping_; }); wait = kLookEvery) {
    lock.unlock();
    look(std::chrono::system_clock::now().time_since_epoch());
    lock.lock();
  }
}

void AnomalyWatch::look(Nanoseconds now) {
  const Nanoseconds end = now - kWritten - (now - kWritten) % kStep;
  if (end == judged_) return;
  auto found = found_until(end);
  if (!found) {
    if (!std::exchange(failing_, true))
      note_(fmt::format("what is unusual can't be told: {}", found.error().text()));
    return;
  }
  failing_ = false;
  judged_ = end;
  for (auto& [key, finding] : *found) {
    const bool known = open_.contains(key);
    if (!known && end - finding.last > kFresh) continue;
    told_(finding, known ? FindingNews::kGrown : FindingNews::kRaised);
    open_.insert_or_assign(key, finding);
  }
  for (auto one = open_.begin(); one != open_.end();) {
    if (found->contains(one->first)) {
      one++;
      continue;
    }
    told_(one->second, FindingNews::kOver);
    one = open_.erase(one);
  }
}

Result<std::map<AnomalyWatch::Key, Finding>> AnomalyWatch::found_until(Nanoseconds end) {
  static const std::array<Watched, 2> kWatched{{
      {"interfaces", {"interface", "direction"}, "bytes", "unusual_bytes_in", "unusual_bytes_out"},
      {"flows", {"interface"}, "flows", "unusual_flows", "unusual_flows"},
  }};
  std::map<Key, Finding> found;
  for (const Watched& watched : kWatched)
    if (auto taken = take(watched, end, found); !taken) return std::unexpected(taken.error());
  return found;
}

Result<void> AnomalyWatch::take(const Watched& watched, Nanoseconds end, std::map<Key, Finding>& found) {
  AnomaliesRequest request;
  request.series.from = watched.from;
  request.series.by = watched.by;
  request.series.measure = watched.measure;
  request.series.step = kStep;
  request.series.most = kMostSeries;
  request.series.awake_since = awake_since_;
  request.options.weeks = kWeeks;
  request.options.local = zone_of_this_machine();
  request.end = end;
  // What goes on is judged from before it began, so that it is the same one again.
  request.begin = end - (judged_ == Nanoseconds{} ? kLongest : kLookBack);
  for (const auto& [key, finding] : open_) request.begin = std::min(request.begin, key.second - days(1));
  request.begin = std::max(request.begin, end - kLongest);
  const auto unusual_now = unusual(store_, request);
  if (!unusual_now) return std::unexpected(unusual_now.error());
  for (const Anomaly& anomaly : unusual_now->anomalies) {
    if (anomaly.over) continue;
    const bool out = std::ranges::any_of(anomaly.query.where, [](const QueryBehind::Condition& one) {
      return one.field == "direction" && one.value == std::variant<std::uint64_t, std::string>("out");
    });
    const Key key(out ? watched.out : watched.in, anomaly.first);
    const auto [known, is_new] = found.try_emplace(key);
    Finding& finding = known->second;
    if (!is_new) {
      count(anomaly, finding);
      finding.why += fmt::format("; likewise {}", anomaly.series);
      continue;
    }
    finding.detector = key.first;
    finding.kind = FindingKind::kAnomaly;
    finding.severity = anomaly.score >= kGrave * anomaly.threshold ? Severity::kMedium : Severity::kLow;
    finding.first = anomaly.first;
    finding.detected = anomaly.detected;
    finding.last = anomaly.last;
    finding.score = anomaly.score;
    finding.threshold = anomaly.threshold;
    finding.why = anomaly.says;
    finding.slow = true;
    count(anomaly, finding);
  }
  return {};
}

void AnomalyWatch::count(const Anomaly& anomaly, Finding& finding) {
  QueryBehind question = anomaly.query;
  question.measures = {"packets", "bytes"};
  question.from_ns = anomaly.first.count();
  question.to_ns = anomaly.last.count();
  question.bucket_ns = 0;
  const auto answer = ask(store_, question);
  if (!answer || answer->rows.empty()) return;
  finding.packets += static_cast<std::uint64_t>(amount_of(answer->rows.front()[0]));
  finding.bytes += static_cast<std::uint64_t>(amount_of(answer->rows.front()[1]));
}

}  // namespace vedette
