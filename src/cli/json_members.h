// Single members out of JSON that Vedette itself wrote.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace vedette {

// The member `name` of `object` as JSON; empty where there is none. A dot leads into an object inside.
// `object` must be well-formed and without white space between tokens, as JsonWriter writes it.
[[nodiscard]] std::string_view json_member(std::string_view object, std::string_view name);

// The same for people: strings without quotes and escapes, an array's values joined by spaces.
[[nodiscard]] std::string json_member_text(std::string_view object, std::string_view name);

// A string as it was before it was written, line ends and all; empty where it is none.
[[nodiscard]] std::string json_member_exact(std::string_view object, std::string_view name);

// Each value of an array, each member of an object, as JSON, in order; nothing where it is neither.
void for_each_element(std::string_view array, const std::function<void(std::string_view value)>& take);
void for_each_member(std::string_view object,
                     const std::function<void(std::string_view name, std::string_view value)>& take);

}  // namespace vedette
