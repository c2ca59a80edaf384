// The first bytes that one direction of a TCP connection carried, put together from its segments (RFC 9293
// §3.4): in any order, overlapping, sent again. Where two segments disagree about a byte the one that came
// first is kept. Bounded by `limit` bytes and by kMostPieces islands; what lies beyond is not kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vedette {

class StreamHead {
 public:
  static constexpr std::size_t kMostPieces = 16;  // behind a gap, more islands than that are given up

  // A segment, empty ones included: the first of a direction says where its bytes begin. A SYN's own number
  // comes before its first byte. `payload` may be cut short by the capture.
  void add(std::uint32_t sequence, bool syn, std::span<const std::uint8_t> payload, std::size_t limit);

  // What is known without a gap from the first byte on.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Piece {
    std::uint32_t begin, end;  // offsets in data_
  };

  void begin_at(std::uint32_t first, bool syn);
  void keep(std::size_t begin, std::span<const std::uint8_t> payload);

  std::uint32_t first_ = 0;  // sequence number of the first byte
  bool placed_ = false;      // first_ is known
  bool by_syn_ = false;      // and not a guess
  std::uint32_t other_ = 0;  // of a later SYN with another number: the bytes decide which one held
  std::vector<std::uint8_t> data_;
  std::vector<Piece> pieces_;  // what of data_ is filled: in order, none touching the next
};

}  // namespace vedette
