// Which bytes are UTF-8, for writers whose readers take nothing else.
#pragma once

#include <cstddef>
#include <string_view>

namespace vedette {

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD, for bytes that are none

// Bytes of the UTF-8 sequence that `text`, which isn't empty, begins with; 0 where it begins with none
// (RFC 3629 §4).
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace vedette
