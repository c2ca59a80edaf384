// Every decoder there is. A protocol is added by its own file and its line in registry.cpp.
#pragma once

#include <span>

#include "decode/decoder.h"

namespace vedette {

// In the order in which they are asked; at most kMostDecoders.
[[nodiscard]] std::span<const Decoder> decoders();

// Those that are asked only where another decoder's answer names them.
[[nodiscard]] std::span<const Decoder> named_decoders();

inline constexpr std::size_t kMostDecoders = 128;  // one bit each in a flow's set of candidates

}  // namespace vedette
