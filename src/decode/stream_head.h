// The first bytes that one direction of a flow carried. Of a TCP connection they are put together from its
// segments (RFC 9293 §3.4): in any order, overlapping, sent again; where two segments disagree about a byte
// the one that came first is kept. Datagrams stand one behind another. Bounded by `limit` bytes, by
// kMostPieces islands and by kMostArrivals; what lies beyond is not kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/decoder.h"

namespace vedette {

class StreamHead {
 public:
  static constexpr std::size_t kMostPieces = 16;    // behind a gap, more islands than that are given up
  static constexpr std::size_t kMostArrivals = 64;  // segments beyond count as part of the last one

  // A segment, empty ones included: the first of a direction says where its bytes begin. A SYN's own number
  // comes before its first byte. `payload` may be cut short by the capture.
  void add_segment(std::uint32_t sequence, bool syn, std::span<const std::uint8_t> payload, Nanoseconds time,
                   std::size_t limit);

  // A datagram, `cut` short by the capture or not. One that finds no room is not kept, and none after it.
  void add_datagram(std::span<const std::uint8_t> payload, bool cut, Nanoseconds time, std::size_t limit);

  // What is known without a gap from the first byte on.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;
  [[nodiscard]] std::span<const Arrival> arrivals() const { return arrivals_; }
  // A datagram found no room.
  [[nodiscard]] bool full() const { return full_; }

  // Forgets the first `count` bytes: what follows is the new first byte. Of a stream they may be more than
  // are there, up to kMostUsed; what is known behind them came at `now`.
  void drop(std::size_t count, Nanoseconds now);

  [[nodiscard]] std::size_t memory() const;

 private:
  struct Piece {
    std::uint32_t begin, end;  // offsets in data_
  };

  void begin_at(std::uint32_t first, bool syn);
  // Where only empty segments were seen, the first payload says better: one of them may have asked whether
  // the connection is alive (RFC 9293 §3.8.4: with the number before the next), or this one is sent again.
  void begin_at_payload(std::uint32_t first, std::size_t size);
  void note_arrival(Nanoseconds time, bool cut);
  void keep(std::size_t begin, std::span<const std::uint8_t> payload);

  std::uint32_t first_ = 0;  // sequence number of the first byte
  bool placed_ = false;      // first_ is known
  bool by_syn_ = false;      // and not a guess
  bool dropped_ = false;     // bytes before first_ were used: no SYN moves it any more
  bool full_ = false;
  std::uint32_t other_ = 0;  // of the latest SYN with another number: the bytes decide which one held
  std::vector<std::uint8_t> data_;
  std::vector<Piece> pieces_;  // what of data_ is filled: in order, none touching the next
  std::vector<Arrival> arrivals_;
};

}  // namespace vedette
