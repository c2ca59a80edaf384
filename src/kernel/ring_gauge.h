// How full a ring from the kernel (BPF_MAP_TYPE_RINGBUF) is: by the two positions that it shares with user
// space, which libbpf tells from 1.3 on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace vedette {

struct RingFill {
  std::uint64_t used = 0;  // bytes that wait to be read, or are being written
  std::uint64_t size = 0;  // 0: the ring isn't there
};

// Owns its view of the ring, not the ring. Any thread.
class RingGauge {
 public:
  RingGauge() = default;
  // Of the map behind `fd`, which may be closed afterwards.
  [[nodiscard]] static Result<RingGauge> open(int fd);
  RingGauge(RingGauge&& other) noexcept;
  RingGauge& operator=(RingGauge&& other) noexcept;
  RingGauge(const RingGauge&) = delete;
  RingGauge& operator=(const RingGauge&) = delete;
  ~RingGauge();

  [[nodiscard]] RingFill fill() const;

 private:
  std::byte* pages_ = nullptr;  // the consumer's position, and behind it the producer's
  std::size_t page_ = 0;        // bytes of each
  std::uint64_t size_ = 0;
};

}  // namespace vedette
