// The handshake messages of one side of a QUIC connection, put together from the CRYPTO frames of its Initial
// packets (RFC 9000 §12.4, §19.6): in any order, cut anywhere, overlapping, sent again. Bounded by the
// packets that it is given.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vedette {

enum class QuicFrames : std::uint8_t {
  kStandard,  // RFC 9000 §19
  kGoogle,    // Google's, with the CRYPTO frame of Q048 and later
};

class QuicCryptoStream {
 public:
  // Takes the CRYPTO frames out of an Initial packet's payload, which may be cut short; those behind a frame
  // that ends the connection or isn't known are not taken.
  void add_frames(std::span<const std::uint8_t> payload, QuicFrames frames);

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  // What is known without a gap from the first byte on.
  [[nodiscard]] std::vector<std::uint8_t> bytes() const;

 private:
  struct Piece {
    std::uint64_t offset;
    std::vector<std::uint8_t> bytes;
  };

  std::vector<Piece> pieces_;  // in order of arrival
};

}  // namespace vedette
