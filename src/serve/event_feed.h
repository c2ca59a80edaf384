// A stream of packets, handshakes or seconds as server-sent events (WHATWG HTML §9.2): one event each, with
// an id by which a client that lost its connection goes on where it was, as far as the feed still holds it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "serve/event_source.h"

namespace vedette {

// One client at a time.
class EventFeed {
 public:
  EventFeed(std::uint64_t number, std::unique_ptr<EventSource> source)
      : number_(number), source_(std::move(source)) {}

  // What comes next, as text of one or more events; a comment where nothing came for a second, which keeps
  // proxies and clients from giving the connection up. Nothing at the end of the stream.
  [[nodiscard]] std::optional<std::string> next();

  // Goes back to the event behind `id`, where it is still held; where it isn't, next() begins by saying how
  // many were lost.
  void resume_after(std::uint64_t id);

  // Whether there is a client: ItemStream::set_attended().
  void set_attended(bool attended) { source_->set_attended(attended); }

  // For a client that wants to go on with a feed that is no more: next() begins by saying that events were
  // lost, without a number, which nobody knows.
  void begin_anew() { anew_ = true; }

  // True where a client has got events by whose ids it can come back, and more may follow.
  [[nodiscard]] bool can_be_resumed() const { return sent_ != 0 && !over_; }

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] EventKind kind() const { return source_->kind(); }

 private:
  struct Held {
    std::uint64_t id;
    std::string text;
  };

  void append_event(const SourceEvent& event);
  void forget_oldest();
  [[nodiscard]] std::string lost_event();
  [[nodiscard]] std::string unsent();

  std::uint64_t number_;
  std::unique_ptr<EventSource> source_;
  std::deque<Held> held_;        // the latest that were sent, and all that weren't yet; ids grow
  std::uint64_t sent_ = 0;       // id of the last event that was sent
  std::uint64_t forgotten_ = 0;  // events that a resuming client missed
  std::uint64_t lost_told_ = 0;  // of the stream's losses
  bool anew_ = false;
  bool over_ = false;
};

// Feeds whose client has gone, kept for half a minute in case it returns: no longer, because one of packets
// has a program in the kernel that works for it. Any thread.
class ParkedFeeds {
 public:
  ParkedFeeds() : sweeper_([this](const std::stop_token& stop) { sweep(stop); }) {}

  // A number for a new feed; never given twice.
  [[nodiscard]] std::uint64_t next_number() { return next_number_++; }
  void park(std::unique_ptr<EventFeed> feed);
  // Gives up the feed of packets parked longest ago, and with it its place in the kernel; false where there
  // is none.
  bool give_up_oldest();
  // The feed of this kind that the event id names, or none.
  [[nodiscard]] std::unique_ptr<EventFeed> take(const std::string& event_id, EventKind kind);

 private:
  struct Parked {
    std::unique_ptr<EventFeed> feed;
    std::chrono::steady_clock::time_point since;
  };

  void sweep(const std::stop_token& stop);

  std::atomic<std::uint64_t> next_number_ = 1;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::map<std::uint64_t, Parked> feeds_;
  std::jthread sweeper_;  // last: it uses the others
};

}  // namespace vedette
