// The queue between the engine, which puts packets, handshakes or seconds in, and one API client, who takes
// them out. Bounded: what a slow client leaves no room for is counted as lost.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "sensor/backend.h"

namespace vedette {

// put(), end() and set_ring_lost() are the engine's, the rest the client's.
template <typename Item>
class QueuedStream : public ItemStream<Item> {
 public:
  // `on_close` is called once, when the client lets go.
  explicit QueuedStream(std::function<void()> on_close) : on_close_(std::move(on_close)) {}
  ~QueuedStream() override { on_close_(); }

  bool next(std::vector<Item>& items, Nanoseconds wait) override;
  [[nodiscard]] std::uint64_t lost() const override;
  void set_attended(bool attended) override;

  // The queue's end that the engine holds; it stays valid when the client has gone.
  class Queue {
   public:
    void put(Item item);
    void end();
    void set_ring_lost(std::uint64_t lost);
    // Items that found the queue full while somebody waited for them.
    [[nodiscard]] std::uint64_t dropped_attended() const;

   private:
    friend class QueuedStream;
    static constexpr std::size_t kItemsWaiting = 16384;

    mutable std::mutex mutex_;
    std::condition_variable came_;
    std::vector<Item> waiting_;
    std::uint64_t next_id_ = 1;
    std::uint64_t dropped_ = 0;           // found the queue full
    std::uint64_t dropped_attended_ = 0;  // of these, while there was a client
    std::uint64_t ring_lost_ = 0;         // found the watch ring full
    bool attended_ = true;
    bool ended_ = false;
  };
  [[nodiscard]] std::shared_ptr<Queue> queue() const { return queue_; }

 private:
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::function<void()> on_close_;
};

using LiveStream = QueuedStream<StreamedPacket>;
using LiveHandshakeStream = QueuedStream<StreamedHandshake>;
using LiveSecondStream = QueuedStream<StreamedSecond>;

}  // namespace vedette
