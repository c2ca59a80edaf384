// What a DNS name's letters tell of who made it up: people, or a program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vedette {

// Shannon's entropy of the letters, bits a letter; 0 of none.
[[nodiscard]] double letter_entropy(std::string_view text);

// The bytes that a name's text stands for: "\200" is one (RFC 1035 §5.1). Dots are left out.
[[nodiscard]] std::string label_bytes(std::string_view below);

[[nodiscard]] std::size_t longest_label(std::string_view name);

// How much a label looks as if a generator of domains had made it, 0 to 1 (measures of Schüppen et al.,
// "FANCI", USENIX Security 2018, and of Antonakakis et al., "From Throw-Away Traffic to Bots", 2012: share of
// vowels, runs of consonants, digits between letters, entropy). Words of any language written in Latin
// letters come out below 0.5.
[[nodiscard]] double generated_look(std::string_view label);

}  // namespace vedette
