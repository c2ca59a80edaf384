// The frames of one direction of an HTTP/2 connection (RFC 9113 §4, §6), as far as its head goes: its field
// sections in order, decoded, and what its streams' bodies hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "decode/hpack.h"

namespace vedette {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113 §3.4

struct Http2Section {
  std::uint32_t stream = 0;
  bool promised = false;  // of a PUSH_PROMISE
  std::size_t begin = 0;  // of its first frame
  std::vector<HpackField> fields;

  // The first of that name; null where there is none.
  [[nodiscard]] const std::string* field(std::string_view name) const;
};

// DATA of one stream in one direction.
struct Http2Body {
  std::vector<std::uint8_t> bytes;
  std::size_t end = 0;  // behind its last frame
};

struct Http2Frames {
  std::size_t count = 0;
  bool settings_first = false;  // what each end must begin with
  std::vector<Http2Section> sections;
  std::map<std::uint32_t, Http2Body> bodies;   // by stream: those that have DATA
  std::map<std::uint32_t, std::size_t> ended;  // streams that this direction has ended, and where
  bool broken = false;   // what stands there is no HTTP/2, or a section could not be decoded
  std::size_t need = 0;  // bytes at which looking again is of use
};

// `frames` begins with a frame.
[[nodiscard]] Http2Frames read_http2_frames(std::span<const std::uint8_t> frames);

}  // namespace vedette
