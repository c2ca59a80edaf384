// A packet stream as server-sent events (WHATWG HTML §9.2): one event a packet, with an id by which a client
// that lost its connection goes on where it was, as far as the feed still holds it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "sensor/backend.h"

namespace vedette {

// One client at a time.
class PacketFeed {
 public:
  PacketFeed(std::uint64_t number, std::unique_ptr<PacketStream> stream)
      : number_(number), stream_(std::move(stream)) {}

  // What comes next, as text of one or more events; a comment where nothing came for a second, so that a
  // dead connection is noticed. Empty at the end of the stream.
  [[nodiscard]] std::string next();

  // Goes back to the event behind `id`, where it is still held; where it isn't, next() begins by saying how
  // many were lost.
  void resume_after(std::uint64_t id);

  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  struct Event {
    std::uint64_t id;
    std::string text;
  };

  void append_event(const StreamedPacket& packet);
  [[nodiscard]] std::string lost_event();
  [[nodiscard]] std::string unsent();

  std::uint64_t number_;
  std::unique_ptr<PacketStream> stream_;
  std::deque<Event> held_;       // the latest events, sent or not
  std::uint64_t sent_ = 0;       // id of the last event that was sent
  std::uint64_t forgotten_ = 0;  // events that a resuming client missed
  std::uint64_t lost_told_ = 0;  // of the stream's losses
  bool over_ = false;
};

// Feeds whose client has gone, kept for a while in case it returns. Any thread.
class ParkedFeeds {
 public:
  // A number for a new feed; never given twice.
  [[nodiscard]] std::uint64_t next_number() { return next_number_++; }
  void park(std::unique_ptr<PacketFeed> feed);
  // The feed that the event id names, or none.
  [[nodiscard]] std::unique_ptr<PacketFeed> take(const std::string& event_id);

 private:
  struct Parked {
    std::unique_ptr<PacketFeed> feed;
    std::chrono::steady_clock::time_point since;
  };

  std::atomic<std::uint64_t> next_number_ = 1;
  std::mutex mutex_;
  std::map<std::uint64_t, Parked> feeds_;
};

}  // namespace vedette
