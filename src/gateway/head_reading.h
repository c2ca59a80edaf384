// A request's head out of its bytes, strictly (RFC 9112): whatever another reader on the way might take for
// something else is refused, as that is how requests are smuggled. No bare CR or LF, no folded fields, no
// space before a colon, one length or chunked and nothing else, one Host.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/request_head.h"

namespace vedette {

inline constexpr std::size_t kLongestHead = 32'768;   // bytes
inline constexpr std::size_t kLongestTarget = 8'192;  // bytes
inline constexpr std::size_t kMostFields = 100;

// How long the head is that `bytes` begin with, the empty line included; 0 where its end hasn't come.
// A flaw as soon as a line ends in another way, or it is too long.
[[nodiscard]] std::optional<HeadFlaw> find_head(std::string_view bytes, std::size_t& length);

// The head that find_head() found; a flaw where it isn't one that we take.
[[nodiscard]] std::optional<HeadFlaw> read_head(std::string_view bytes, RequestHead& head);

}  // namespace vedette
