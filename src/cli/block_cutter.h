// Keeps a pcapng file whole while it grows out of a stream: blocks that have come completely are told apart
// from the beginning of the next, which an interruption would leave cut off.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vedette {

// One thread at a time.
class BlockCutter {
 public:
  // Bytes as they arrive. Fails where they are no pcapng of this machine's byte order.
  [[nodiscard]] Result<void> take(std::string_view bytes);
  // The whole blocks that were not yet written; and that they are now.
  [[nodiscard]] std::string_view whole() const { return std::string_view(waiting_).substr(0, whole_); }
  void written();

  // Enhanced packet blocks, and bytes of all blocks, that were whole.
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // Packets that could not be told, by the last interface statistics block.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  std::string waiting_;
  std::size_t whole_ = 0;  // bytes at the beginning of waiting_
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace vedette
