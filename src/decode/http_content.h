// What the body of an HTTP/1 message holds, where that is of interest (DNS, a form): waited for, if it isn't
// longer than what may be held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/http_body.h"

namespace vedette {

struct HttpContent {
  std::vector<std::uint8_t> bytes;  // nothing where it isn't all there
  std::size_t need = 0;             // for all of it; 0 where no more is of use
};

// `bytes` begin with the message's head, of `head` bytes; `ended`: no more will come.
[[nodiscard]] HttpContent http_content(const HttpBody& body, std::size_t head,
                                       std::span<const std::uint8_t> bytes, bool ended);

}  // namespace vedette
