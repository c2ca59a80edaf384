// Single members out of JSON that Vedette itself wrote.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

// The member `name` of `object` as JSON; empty where there is none. A dot leads into an object inside.
// `object` must be well-formed and without white space between tokens, as JsonWriter writes it.
[[nodiscard]] std::string_view json_member(std::string_view object, std::string_view name);

// The same for people: strings without quotes and escapes, an array's values joined by spaces.
[[nodiscard]] std::string json_member_text(std::string_view object, std::string_view name);

}  // namespace vedette
