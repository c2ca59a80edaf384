// The last packets whose heads the kernel told, in bounded memory: what a finding's evidence of before its
// alarm is taken from. The oldest give way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/prefix.h"
#include "base/units.h"
#include "packet/packet.h"

namespace vedette {

struct KeptHead {
  Nanoseconds time{};  // since the epoch
  Prefix source;       // addresses; of ARP the sender's and the one asked for
  Prefix target;
  std::uint32_t ifindex = 0;
  std::uint32_t length = 0;    // bytes on the wire
  std::uint32_t captured = 0;  // of these, how many are kept
  std::uint8_t direction = 0;  // enum vdt_direction
  bool dropped = false;        // by our verdict
};

// One thread.
class EvidenceRing {
 public:
  // Bytes that it takes at most, with what it says of each packet; 0: nothing is kept.
  explicit EvidenceRing(std::size_t bytes);

  // Of the packet no more than a head's bytes are kept (VDT_HEAD_ODD_BYTES). What has no addresses isn't
  // kept: it would be nobody's.
  void add(const Packet& packet);

  // Where the next packet will be. It only grows.
  [[nodiscard]] std::uint64_t end() const { return end_; }
  // Tells the packets from `from` on that are still there, the oldest first; each with its place, from which
  // get() tells it again until the next add().
  using Told = std::function<void(std::uint64_t place, const KeptHead&)>;
  void for_each(std::uint64_t from, const Told& told) const;
  [[nodiscard]] std::span<const std::uint8_t> bytes_at(std::uint64_t place) const;

  [[nodiscard]] std::size_t memory() const { return capacity_; }

 private:
  struct Record {
    std::uint32_t size = 0;  // bytes to the next record
    bool kept = false;       // false: the rest of the memory's end, in which no packet fitted
    KeptHead head;
  };

  [[nodiscard]] std::uint8_t* at(std::uint64_t place) const { return memory_.get() + place % capacity_; }
  [[nodiscard]] Record record_at(std::uint64_t place) const;
  void put(const Record& record);

  std::size_t capacity_;
  std::unique_ptr<std::uint8_t[]> memory_;  // its pages are taken as it fills
  std::uint64_t begin_ = 0;                 // of the oldest record; modulo capacity_ where it lies
  std::uint64_t end_ = 0;
};

}  // namespace vedette
