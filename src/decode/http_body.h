// Where the body of an HTTP/1 message ends (RFC 9112 §6), so that the next message can be found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "decode/text_message.h"

namespace vedette {

struct HttpBody {
  enum class End : std::uint8_t {
    kKnown,    // at `end`
    kAhead,    // at `end`, behind the bytes
    kChunked,  // behind chunks, the first of which begins at `end`
    kUnknown,  // with the connection, or it isn't told rightly
  };
  End state = End::kUnknown;
  std::size_t end = 0;  // in the bytes that hold the message's head too
};

// A Content-Length as sent, in bytes; nothing where it is none, or more than 1 TiB.
[[nodiscard]] std::optional<std::size_t> content_length(std::string_view digits);

// `head` is whole and stands at the beginning of `bytes`. Without a length a request has no body, and a
// response has one until the connection ends.
[[nodiscard]] HttpBody http_body(const TextMessage& head, std::span<const std::uint8_t> bytes);

}  // namespace vedette
