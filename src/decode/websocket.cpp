#include "decode/websocket.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "decode/byte_reader.h"
#include "decode/derived.h"
#include "decode/reading_again.h"
#include "parse/protocols.h"

namespace vedette {

namespace {

enum Opcode : std::uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

constexpr std::size_t kMostControl = 125;  // bytes (RFC 6455 §5.5)

struct Frame {
  bool compressed = false;
  bool reserved = false;  // bits or an opcode that nobody defined
  std::uint8_t opcode = 0;
  std::uint64_t length = 0;            // of its payload, as sent
  std::span<const std::uint8_t> mask;  // four bytes or none
  std::size_t header = 0;              // bytes; 0 where it isn't all there

  [[nodiscard]] bool is_data() const { return opcode <= kBinary; }
};

Frame read_header(std::span<const std::uint8_t> bytes) {
  ByteReader reader(bytes);
  Frame frame;
  const std::uint8_t first = reader.u8(), second = reader.u8();
  frame.opcode = first & 0xf;
  frame.compressed = (first & 0x40) != 0;
  const bool known = frame.is_data() || (frame.opcode >= kClose && frame.opcode <= kPong);
  frame.length = second & 0x7f;
  if (frame.length == 126)
    frame.length = reader.u16();
  else if (frame.length == 127)
    frame.length = reader.u64();
  frame.reserved = (first & 0x30) || !known || (!frame.is_data() && frame.length > kMostControl);
  if (second & 0x80) frame.mask = reader.take(4);
  if (!reader.failed()) frame.header = bytes.size() - reader.left();
  return frame;
}

// One direction's data, as far as its last frame is there.
class Unwrapping {
 public:
  Unwrapping(const Heads& heads, std::size_t side, DerivedBytes& derived)
      : bytes_(heads.bytes[side]), arrivals_(heads.arrivals[side]), side_(side), derived_(derived) {}

  // False where what follows can't be read, or nothing will.
  bool take_frames() {
    for (std::size_t at = 0;;) {
      const Frame frame = read_header(bytes_.subspan(at));
      if (frame.header == 0) return true;
      count_++;
      if (frame.reserved || frame.compressed || frame.opcode == kClose) return false;
      at += frame.header;
      const std::size_t known = bytes_.size() - at;
      if (frame.is_data())
        take_data(at, static_cast<std::size_t>(std::min<std::uint64_t>(frame.length, known)), frame.mask);
      if (frame.length > known) return true;
      at += static_cast<std::size_t>(frame.length);
    }
  }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  // Pieces as they came, so that each keeps its time whatever follows it.
  void take_data(std::size_t begin, std::size_t size, std::span<const std::uint8_t> mask) {
    const std::size_t end = begin + size;
    for (std::size_t at = begin; at < end;) {
      while (arrival_ + 1 < arrivals_.size() && arrivals_[arrival_].end <= at) arrival_++;
      const Arrival& arrival = arrivals_[arrival_];
      const std::size_t stop = arrival.end > at ? std::min<std::size_t>(end, arrival.end) : end;
      piece_.assign(bytes_.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes_.begin() + static_cast<std::ptrdiff_t>(stop));
      if (!mask.empty())
        for (std::size_t i = 0; i < piece_.size(); i++) piece_[i] ^= mask[(at - begin + i) % mask.size()];
      derived_.add(side_, piece_, arrival.time);
      at = stop;
    }
  }

  std::span<const std::uint8_t> bytes_;
  std::span<const Arrival> arrivals_;
  std::size_t side_;
  DerivedBytes& derived_;
  std::size_t arrival_ = 0;
  std::size_t count_ = 0;
  std::vector<std::uint8_t> piece_;
};

}  // namespace

Answer decode_websocket(const Heads& heads, Handshakes& handshakes) {
  DerivedBytes derived;
  std::size_t frames = 0;
  for (std::size_t side = 0; side < 2; side++) {
    Unwrapping data(heads, side, derived);
    derived.ended[side] = !data.take_frames() || heads.ended[side];
    frames += data.count();
  }
  Answer answer = decode_derived(derived, heads, VDT_IP_TCP, handshakes);
  for (std::size_t side = 0; side < 2; side++) {
    if (answer.need[side] == 0) continue;
    // Data that is still to come lies behind the bytes that are known.
    const std::size_t known = heads.bytes[side].size();
    answer.need[side] =
        derived.ended[side]
            ? 0
            : read_again_at(known + answer.need[side] - derived.bytes[side].size(), known, frames);
  }
  return answer;
}

}  // namespace vedette
