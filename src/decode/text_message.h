// A message in the manner of HTTP: a start line, fields, an empty line (RFC 9112 §2.1; RFC 3261 §7; RFC 7826
// §5). HTTP/1, SIP, RTSP and SSDP share it. As lenient as their receivers are: empty lines before it, lines
// ended by LF alone, blanks around what is separated by blanks, folded fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decode/handshake.h"

namespace vedette {

struct TextMessage {
  enum class Kind : std::uint8_t {
    kMore,         // may become one: its start line has no end yet
    kForeign,      // is none of this protocol's
    kRequest,      // METHOD target PROTOCOL/version
    kVersionless,  // METHOD target, as HTTP/0.9 has it; anything that begins with a word
    kResponse,     // PROTOCOL/version status reason
  };
  struct Field {
    std::string_view name;
    std::string value;  // without blanks around it, folded lines joined
  };

  Kind kind = Kind::kMore;
  std::string_view method, target;  // as sent
  std::string_view version;         // "1.1"
  int status = 0;
  std::vector<Field> fields;  // that have ended
  bool whole = false;         // its empty line is there
  std::size_t begin = 0;      // bytes of empty lines before it
  std::size_t size = 0;       // with those and all of the head; 0 where it is not whole

  [[nodiscard]] bool is_request() const { return kind == Kind::kRequest || kind == Kind::kVersionless; }
  // The first field of that name in any case; null where there is none.
  [[nodiscard]] const std::string* field(std::string_view name) const;
};

// A head may have so many bytes; what is longer has no end.
inline constexpr std::size_t kMostTextHead = std::size_t{16} * 1024;
// Of interim responses and the like, so many heads are read behind one another.
inline constexpr int kMostTextHeads = 16;

// `protocol` stands before the version: "HTTP". Fields are read of a head that is whole; of another only if
// it has `ended`, so that asking again with each byte costs little. Views in what it gives are into `bytes`.
[[nodiscard]] TextMessage parse_text_message(std::span<const std::uint8_t> bytes, std::string_view protocol,
                                             bool ended);

// More bytes than `bytes` of a direction may complete the head that they begin.
[[nodiscard]] inline bool may_grow(std::span<const std::uint8_t> bytes, bool ended) {
  return !ended && bytes.size() < kMostTextHead;
}

// Adds a field's value as a fact where there is one.
inline void add_field(Handshake& handshake, std::string_view name, const std::string* value) {
  if (value && !value->empty()) handshake.add(name, *value);
}

// ASCII letters in any case (RFC 9110 §5.1).
[[nodiscard]] bool begins_with_in_any_case(std::string_view text, std::string_view word);

}  // namespace vedette
