// Which of the words that would have been right was meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vedette {

// The nearest of `words` by letters left out, put in, exchanged or transposed (Damerau 1964, the restricted
// distance), where at most a third of its letters differ, and one at least may; empty where none is near.
[[nodiscard]] std::string_view nearest_word(std::string_view text, std::span<const std::string_view> words);

// "did you mean X"; empty where nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view text, std::span<const std::string_view> words);

}  // namespace vedette
