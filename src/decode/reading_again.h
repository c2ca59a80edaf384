// When to look again at messages that are all read anew whenever bytes come: for each one as long as they are
// few, and then when an eighth more bytes are there, or else a flood of small ones would be read a thousand
// times over.
#pragma once

#include <algorithm>
#include <cstddef>

namespace vedette {

inline constexpr std::size_t kMostReadEachTime = 16;  // messages of both directions

// `need` is where the next message ends, 0 = no use; of its direction, `known` bytes are there.
[[nodiscard]] inline std::size_t read_again_at(std::size_t need, std::size_t known, std::size_t messages) {
  return need == 0 || messages < kMostReadEachTime ? need : std::max(need, known + known / 8);
}

}  // namespace vedette
