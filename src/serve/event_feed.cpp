#include "serve/event_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kEventsHeld = 8192;  // some 3 MB; a minute of 130 packets a second
constexpr auto kParkedFor = 30s;
constexpr std::size_t kFeedsParked = 8;

struct EventId {
  std::uint64_t feed;
  std::uint64_t event;
};

// "feed-event"
std::optional<EventId> parse_event_id(const std::string& text) {
  EventId id{};
  const char* end = text.data() + text.size();
  const auto feed = std::from_chars(text.data(), end, id.feed);
  if (feed.ec != std::errc() || feed.ptr == end || *feed.ptr != '-') return std::nullopt;
  const auto event = std::from_chars(feed.ptr + 1, end, id.event);
  if (event.ec != std::errc() || event.ptr != end) return std::nullopt;
  return id;
}

}  // namespace

void EventFeed::append_event(const SourceEvent& event) {
  held_.push_back({event.id, fmt::format("event: {}\nid: {}-{}\ndata: {}\n\n", event_name(kind()), number_,
                                         event.id, event.data)});
}

void EventFeed::forget_oldest() {
  while (held_.size() > kEventsHeld) held_.pop_front();
}

std::string EventFeed::lost_event() {
  if (std::exchange(anew_, false)) return "event: lost\ndata: {}\n\n";
  const std::uint64_t lost = source_->lost();
  const std::uint64_t untold = lost - lost_told_ + forgotten_;
  if (untold == 0) return {};
  lost_told_ = lost;
  forgotten_ = 0;
  return fmt::format("event: lost\ndata: {{\"{}s\":{}}}\n\n", event_name(kind()), untold);
}

std::string EventFeed::unsent() {
  std::string text;
  for (auto event = std::ranges::upper_bound(held_, sent_, {}, &Held::id); event != held_.end(); ++event) {
    text += event->text;
    sent_ = event->id;
  }
  forget_oldest();
  return text;
}

std::optional<std::string> EventFeed::next() {
  std::string text = lost_event() + unsent();
  if (!text.empty()) return text;
  if (over_) return std::nullopt;
  std::vector<SourceEvent> events;
  over_ = !source_->next(events, 1s);
  for (const SourceEvent& event : events) append_event(event);
  text = lost_event() + unsent();
  if (!text.empty()) return text;
  if (over_) return std::nullopt;
  return ": nothing yet\n\n";
}

void EventFeed::resume_after(std::uint64_t id) {
  sent_ = std::min(id, sent_);
  if (!held_.empty() && held_.front().id > sent_ + 1) forgotten_ += held_.front().id - sent_ - 1;
}

void ParkedFeeds::park(std::unique_ptr<EventFeed> feed) {
  const std::lock_guard lock(mutex_);
  // Feed numbers grow: the first is the one parked longest ago, or near it.
  if (feeds_.size() >= kFeedsParked) feeds_.erase(feeds_.begin());
  feed->set_attended(false);
  const std::uint64_t number = feed->number();
  feeds_.emplace(number, Parked{std::move(feed), std::chrono::steady_clock::now()});
}

bool ParkedFeeds::give_up_oldest() {
  const std::lock_guard lock(mutex_);
  const auto oldest = std::ranges::find_if(
      feeds_, [](const auto& one) { return one.second.feed->kind() == EventKind::kPacket; });
  if (oldest == feeds_.end()) return false;
  feeds_.erase(oldest);
  return true;
}

void ParkedFeeds::sweep(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, stop, 1s, [&] { return stop.stop_requested(); })) {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(feeds_, [&](const auto& one) { return now - one.second.since > kParkedFor; });
  }
}

std::unique_ptr<EventFeed> ParkedFeeds::take(const std::string& event_id, EventKind kind) {
  const auto id = parse_event_id(event_id);
  if (!id) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = feeds_.find(id->feed);
  if (found == feeds_.end() || found->second.feed->kind() != kind) return nullptr;
  std::unique_ptr<EventFeed> feed = std::move(found->second.feed);
  feeds_.erase(found);
  feed->set_attended(true);
  feed->resume_after(id->event);
  return feed;
}

}  // namespace vedette
