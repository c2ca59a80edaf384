// The chunked transfer coding of HTTP/1 (RFC 9112 §7.1): chunks, each with its size before it, the last one
// empty, behind which may stand a trailer of fields.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/decoder.h"

namespace vedette {

struct HttpChunks {
  enum class State : std::uint8_t {
    kMore,   // the next chunk begins at `end`: behind the bytes, or it isn't all there
    kEnded,  // all, the trailer included, ends at `end`
    kWrong,  // at `end` stands none
  };
  State state = State::kMore;
  // Behind the last chunk's data, before its line's end: may lie behind the bytes.
  std::size_t end = 0;
  std::vector<std::uint8_t> content;  // of chunks that are all there
};

// `bytes` begins with a chunk's size, or with the end of the line that the chunk before it ends with.
[[nodiscard]] HttpChunks read_http_chunks(std::span<const std::uint8_t> bytes);

// What goes on where a direction stands before a chunk: passes over all that follow, tells nothing, and
// leaves what stands behind them to HTTP/1. Null where neither does.
[[nodiscard]] Decode pass_over_http_chunks(const std::array<bool, 2>& stands_before);

}  // namespace vedette
