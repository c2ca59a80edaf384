// The frames of one direction of an HTTP/2 connection (RFC 9113 §4, §6), as far as its head goes: its field
// sections in order, decoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "decode/hpack.h"

namespace vedette {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113 §3.4

struct Http2Section {
  std::uint32_t stream = 0;
  bool promised = false;  // of a PUSH_PROMISE
  std::vector<HpackField> fields;

  // The first of that name; null where there is none.
  [[nodiscard]] const std::string* field(std::string_view name) const;
};

struct Http2Frames {
  bool settings_first = false;         // what each end must begin with
  std::optional<std::uint32_t> table;  // SETTINGS_HEADER_TABLE_SIZE
  std::vector<Http2Section> sections;
  bool broken = false;   // what stands there is no HTTP/2, or a section could not be decoded
  std::size_t need = 0;  // bytes at which looking again is of use
};

// `frames` begins with a frame. Reads until `enough` says so of a section. `table` is what the other end
// allows this one for its encoder's table.
[[nodiscard]] Http2Frames read_http2_frames(std::span<const std::uint8_t> frames,
                                            std::optional<std::uint32_t> table,
                                            const std::function<bool(const Http2Section&)>& enough);

}  // namespace vedette
